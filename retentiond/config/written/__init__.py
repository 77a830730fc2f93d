"""The way back: a schedule, or the draft of a definition, as its language says it.

``saying`` turns domain values into nested dicts and lists whose keys are the language's, ``yaml_text`` turns those into
text. Reading what is written gives the same schedule again, but for its digest and where it was read from.
"""

from retentiond.config.written.definition_text import definition_text
from retentiond.config.written.filing import file_away
from retentiond.config.written.saying import class_said, schedule_said
from retentiond.config.written.yaml_text import flow, schedule_text

__all__ = ["class_said", "definition_text", "file_away", "flow", "schedule_said", "schedule_text"]
