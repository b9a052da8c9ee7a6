// Package delivery brings an outlet's messages to its endpoint: a bounded queue, a sender that stays within the lane's
// credit, receipts, retries, the breaker, the dead letter, and the account of where every message is. README.md tells
// the rules. It knows core only: lanes and dead letters are interfaces, so all of it runs in memory.
package delivery
