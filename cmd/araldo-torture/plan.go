package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// fault is one thing that goes wrong.
type fault struct {
	kind   string
	target string
	// rest is how long all is well before it, after what went before was overcome; lasts how long it lasts.
	rest, lasts time.Duration
}

// choice is a kind of fault in a plan and how often it is chosen, against the others.
type choice struct {
	weight         int
	kind           string
	targets        []string
	shortest, most time.Duration
}

// plan says what goes wrong. The faults follow from it and a seed.
type plan struct {
	about string
	// first comes before what is chosen at random.
	first   []fault
	choices []choice
	// rest is the longest time between two faults; one chosen at random, at least a tenth of it, passes each time.
	rest time.Duration
	// rush: the next fault does not wait until messages flow again, only until all is ready.
	rush bool
	// once: nothing in it is a reason for a message to arrive twice, or for a browser's connection to end.
	once bool
	// faults and messages end the run where the command line has no number.
	faults, messages int
}

var redisLinks = []string{source, archive}

// plans are the plans by name. outage is how long the long faults last.
func plans(outage time.Duration) map[string]plan {
	second := time.Second
	links := append([]string{mirror}, redisLinks...)
	plugins := []string{source, archive, browsers, mirror, broken}
	return map[string]plan{
		"F1": {about: "outbound plugins killed", rest: 2 * second,
			choices: []choice{{3, "kill-plugin", []string{archive}, 0, 0}, {1, "kill-plugin", []string{browsers, broken, mirror}, 0, 0}}},
		"F2": {about: "the hub killed", rest: 3 * second, choices: []choice{{1, "kill-hub", nil, 0, 0}}},
		"F4": {about: "the inbound plugin killed", rest: 2 * second, choices: []choice{{1, "kill-plugin", []string{source}, 0, 0}}},
		"F5": {about: "Redis down for -outage", rest: 2 * second, choices: []choice{{1, "kill-redis", nil, outage, outage}}},
		"F6": {about: "a network that swallows everything for -outage", rest: 2 * second,
			choices: []choice{{1, "black-hole", redisLinks, outage, outage}}},
		"F7": {about: "outbounds that never take anything", once: true, rest: second, first: []fault{{kind: "stuck-reader", lasts: outage}},
			choices: []choice{{1, "stuck-reader", nil, outage, outage}, {1, "black-hole", []string{mirror}, outage, outage}}},
		"F10": {about: "descriptors exhausted", once: true, rest: second, choices: []choice{{1, "no-descriptors", []string{browsers}, second, 3 * second}}},
		"F11": {about: "Redis's clock jumps an hour", once: true, rest: second, choices: []choice{{1, "clock-jump", nil, 2 * claimIdle, 3 * claimIdle}}},
		"F12": {about: "reloads, and plugins replaced, under load", rest: 2 * second, choices: []choice{
			{3, "reload", nil, 0, 0}, {1, "restart-plugin", []string{source, archive, mirror, browsers}, 0, 0}}},
		"reload": {about: "a reload per second, of which only the mirror may notice something", rest: 2 * second, once: true,
			choices: []choice{{1, "reload", nil, 0, 0}}},
		"kills": {about: "plugins killed, one after the other", rush: true, faults: 1000,
			choices: []choice{{1, "kill-plugin", []string{source, archive, browsers}, 0, 0}}},
		"entries": {about: "20,000 entries while plugins are killed and the hub twice", rest: second, messages: 20000,
			first: []fault{
				{kind: "kill-plugin", target: archive}, {kind: "kill-hub", rest: second}, {kind: "kill-plugin", target: source},
				{kind: "kill-plugin", target: archive, rest: second}, {kind: "kill-hub", rest: second},
			},
			choices: []choice{{1, "kill-plugin", plugins, 0, 0}}},
		"mixed": {about: "all of it", rest: 3 * second, choices: []choice{
			{6, "kill-plugin", plugins, 0, 0},
			{3, "kill-hub", nil, 0, 0},
			{2, "hang-plugin", []string{source, archive, browsers}, second, 4 * second},
			{1, "kill-redis", nil, second / 2, 5 * second},
			{1, "pause-redis", nil, second, 4 * second},
			{2, "black-hole", links, second, 5 * second},
			{3, "reset", redisLinks, 0, 0},
			{2, "latency", redisLinks, second, 3 * second},
			{3, "cut", redisLinks, 0, 0},
			{2, "disable", []string{source, archive, browsers}, second / 2, 2 * second},
			{1, "no-descriptors", []string{browsers}, second, 2 * second},
			{1, "stuck-reader", nil, second, 5 * second},
			{1, "clock-jump", nil, claimIdle, 2 * claimIdle},
			{1, "dead-consumer", nil, 0, 0},
			{3, "reload", nil, 0, 0},
			{2, "restart-plugin", plugins, 0, 0},
		}},
	}
}

func planNames() []string { return slices.Sorted(maps.Keys(plans(0))) }

// schedule draws a plan's faults. The same seed draws the same ones.
type schedule struct {
	plan   plan
	random *rand.Rand
	drawn  int
}

func newSchedule(p plan, seed uint64) *schedule {
	return &schedule{plan: p, random: rand.New(rand.NewPCG(seed, 0))}
}

// next is the fault that comes next.
func (s *schedule) next() fault {
	s.drawn++
	if s.drawn <= len(s.plan.first) {
		return s.plan.first[s.drawn-1]
	}
	total := 0
	for _, c := range s.plan.choices {
		total += c.weight
	}
	at := s.random.IntN(total)
	for _, c := range s.plan.choices {
		if at -= c.weight; at < 0 {
			return s.draw(c)
		}
	}
	panic("a weight below zero")
}

func (s *schedule) draw(c choice) fault {
	f := fault{kind: c.kind, lasts: s.between(c.shortest, c.most), rest: s.between(s.plan.rest/10, s.plan.rest)}
	if len(c.targets) > 0 {
		f.target = c.targets[s.random.IntN(len(c.targets))]
	}
	return f
}

// between draws a time of whole milliseconds, so that a plan can be read.
func (s *schedule) between(shortest, most time.Duration) time.Duration {
	return shortest + time.Duration(s.random.Int64N(int64((most-shortest)/time.Millisecond)+1))*time.Millisecond
}
