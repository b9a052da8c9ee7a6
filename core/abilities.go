package core

// Sentences tells people what an endpoint can do, one sentence per direction; none for a marshalling. One instance may be
// able to do less, by its configuration.
func (c Capabilities) Sentences() []string {
	list := []string{}
	if in := c.Inbound; in != nil {
		acks := [...]string{"acknowledges nothing to its origin", "acknowledges each message to its origin"}[min(in.Ack, AckMessage)]
		replays := [...]string{"brings nothing again", "brings again what was not acknowledged", "can begin again at a stored position"}[min(in.Replay, ReplayOffset)]
		pauses := "can't be paused: what comes while queues are full is lost at the source"
		if in.Pausable {
			pauses = "can be paused"
		}
		list = append(list, "inbound: "+acks+", "+replays+", "+pauses)
	}
	if out := c.Outbound; out != nil {
		text := "outbound: confirms when the message is " + [...]string{"handed on", "written to the operating system",
			"accepted by the other side", "on stable storage at the other side"}[min(out.Confirm, ConfirmPersisted)]
		if out.Addressing {
			text += ", understands the attribute `to`"
		}
		list = append(list, text)
	}
	return list
}
