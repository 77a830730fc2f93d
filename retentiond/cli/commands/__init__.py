"""The commands, a module each or a module for each family. Their imports stay inside, so that help is instant."""
