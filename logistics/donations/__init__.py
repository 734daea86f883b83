"""What was given: offers, acceptance, goods and money, the donors to thank, and where every lot went."""
