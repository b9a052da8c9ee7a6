package core

// Lane carries one outlet's messages towards its endpoint while the endpoint's stream stands. Epochs of a lane grow;
// sequence numbers of an epoch start at 1.
type Lane interface {
	// Send hands over messages with consecutive sequence numbers from first on, in the epoch that is open. It never
	// blocks: the caller stays within the lane's credit. The messages must not change afterwards. After the stream's
	// end it does nothing; LaneUser.Down tells.
	Send(first uint64, messages []Message)
	// Break ends the stream because the endpoint broke the protocol, in the way that detail says. It never blocks;
	// LaneUser.Down follows. After the stream's end it does nothing.
	Break(detail string)
	// Renew ends the epoch, so that all its credits and receipts are void, and returns the next one.
	Renew() (epoch uint64)
}

// LaneUser is the outlet at a lane's near end. The methods are called by one goroutine at a time, in the order in
// which things happened, and do not block.
type LaneUser interface {
	// Up: a stream stands and the epoch has begun, without credit so far.
	Up(lane Lane, epoch uint64)
	// Down: the stream of that lane ended; what was sent and not receipted has an unknown fate. pluginDied tells a
	// process that ended from a stream that was given up.
	Down(lane Lane, pluginDied bool)
	// Credit allows that many more messages and bytes in the epoch.
	Credit(epoch, messages, bytes uint64)
	Receipt(receipt Receipt)
}

// LaneOptions is what an endpoint is told about a lane.
type LaneOptions struct {
	// Source is the inbound endpoint whose messages the lane carries.
	Source string
	// Acked: unsettled messages are resent, so each failure must be named.
	Acked bool
	// Strict: the endpoint stops at the first failure of an epoch and refuses the rest of it.
	Strict bool
	// NoEcho leaves out the connection that a message came from.
	NoEcho bool
	// Waits: while the outlet's queue is full its source waits, so what the endpoint has not taken yet is not lost.
	Waits bool
}
