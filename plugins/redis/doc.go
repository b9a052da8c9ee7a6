// Package redis joins araldo with Redis: publish and subscribe, through a Redis server or one that runs inside the
// plugin itself. Each connection to Redis is one session: it is opened once, never redialled behind our back, and
// thrown away at the first doubt, so that a break is always seen and, for a subscription, always told as a gap.
package redis
