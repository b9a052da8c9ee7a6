package router

// Bound limits how many requests may wait.
func (a *Asker) Bound(most int) { a.most = most }
