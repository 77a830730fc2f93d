from retentiond.lifecycle.through import carry_through
import json, time


def test_probe(workplace):
    w = workplace
    w.file("1", "a", "b")
    w.file("2", code="EH-02")
    w.file("3", kind="contact")
    t = time.time()
    n = w.approved()
    c = carry_through(w.tools, n)
    print(time.time() - t)
    print(json.dumps(json.loads(c.payload)["predicate"], indent=1)[:3000])
    print(w.passed, w.deeds, w.kinds_of_events())
    assert 0
