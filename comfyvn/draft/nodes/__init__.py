"""What each node class does here, approximately; one module per kind of work, put together in `draft.interpret`."""
