"""The rules of the run time, pure: plan and events in, requests and state out (SPEC 5.1)."""
