"""Who may do what: people, roles, permissions, sign-in."""
