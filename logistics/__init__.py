"""The service: procurement, dispatch and delivery for a county in an emergency."""
