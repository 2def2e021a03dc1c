"""Who may do what: accounts, roles by party, sessions, tokens, and what each may see."""
