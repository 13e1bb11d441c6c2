package retention

func childKeep() int  { return 0 }
func childWrite() int { return 0 }
