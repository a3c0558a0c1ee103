"""The files that people write beside blueprints, and what an editor may know of all of them.

Scenarios, migrations, shared blockers, executors and results, each a typed record like a blueprint
(SPEC 2, 5.2, 6, 8, 10). What a record says of its keys, in the texts below them, is what editors
and the reference show.
"""
