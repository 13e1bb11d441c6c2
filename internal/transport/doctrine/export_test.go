package doctrine

// Forget has t take its server for one that has not answered for long.
func Forget(t *Transport) { t.answered.Store(0) }
