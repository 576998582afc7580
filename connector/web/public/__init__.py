"""What anybody may call: pages of shops, headless shops, feeds.  No session, no cookie, nothing about a person."""
