package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/araldo-relay/araldo/cmd/araldo-torture/faultproxy"
	"github.com/araldo-relay/araldo/cmd/araldo-torture/ledger"
)

// run is one torture: all that takes part in it.
type run struct {
	options
	log    io.Writer
	dir    string
	port   int
	ledger *ledger.Ledger
	redis  *server
	links  map[string]*faultproxy.Proxy
	// settings are those of the configuration as it was written last, reloads how often it was written anew.
	settings settings
	reloads  int
	hub      *hub
	watcher  *watcher
	viewer   *viewer

	producer  *producer
	collector *collector

	mu         sync.Mutex
	complaints []string
	report     report
}

// perform runs a torture. An error says that it could not be carried out; what it found is in the report.
func perform(ctx context.Context, o options, log io.Writer) (*report, error) {
	dir, err := os.MkdirTemp("", "torture")
	if err != nil {
		return nil, err
	}
	r := &run{options: o, log: log, dir: dir, ledger: ledger.New(o.seed, o.size), links: map[string]*faultproxy.Proxy{}}
	err = r.set(ctx)
	if err == nil {
		err = r.torment(ctx)
	}
	err = errors.Join(err, r.tidy())
	if o.keep || err != nil {
		r.say("the run's folder is kept: %s", dir)
	} else {
		err = os.RemoveAll(dir)
	}
	return &r.report, err
}

// set starts all that the run needs.
func (r *run) set(ctx context.Context) (err error) {
	if r.redis, err = startServer(ctx, r.dir); err != nil {
		return err
	}
	if r.port, err = freePort(); err != nil {
		return err
	}
	metrics, err := freePort()
	if err != nil {
		return err
	}
	addresses := map[string]string{}
	for _, name := range []string{source, archive, mirror} {
		if r.links[name], err = faultproxy.Listen(r.redis.addr); err != nil {
			return err
		}
		addresses[name] = r.links[name].Addr()
	}
	r.settings = settings{Port: r.port, Metrics: metrics, Links: addresses, Variant: variants[0]}
	if err := writeConfiguration(r.dir, r.settings); err != nil {
		return err
	}
	if r.araldo == "" {
		if r.araldo, err = build(r.dir, r.race); err != nil {
			return err
		}
	}
	if r.hub, err = newHub(r.araldo, r.dir, metrics); err != nil {
		return err
	}
	if r.report.Promise, err = r.hub.check(ctx); err != nil {
		return err
	}
	r.watcher, r.viewer = newWatcher(r.hub), newViewer(r.port, r.ledger)
	r.producer = &producer{client: r.redis.client, ledger: r.ledger, rate: r.rate, enough: r.enough()}
	r.collector = &collector{client: r.redis.client, ledger: r.ledger, folder: filepath.Join(r.dir, broken)}
	return r.hub.start(ctx)
}

func (r *run) plan() plan { return plans(r.outage)[r.options.plan] }

// enough is after how many accepted messages the load ends, 0 where time ends it.
func (r *run) enough() int {
	if r.messages > 0 {
		return r.messages
	}
	return r.plan().messages
}

// tidy ends what runs. A hub that is still there has not been stopped in order.
func (r *run) tidy() error {
	var all error
	if r.hub != nil && r.hub.process != nil && r.hub.running() {
		all = r.hub.kill()
	}
	if r.hub != nil {
		all = errors.Join(all, r.hub.log.Close())
	}
	for _, link := range r.links {
		all = errors.Join(all, link.Close())
	}
	if r.redis != nil {
		all = errors.Join(all, r.redis.close())
	}
	return all
}

// say tells the person who waits what goes on.
func (r *run) say(format string, arguments ...any) {
	fmt.Fprintf(r.log, format+"\n", arguments...)
}

// complain notes a broken promise.
func (r *run) complain(format string, arguments ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaints = append(r.complaints, fmt.Sprintf(format, arguments...))
	r.say("BROKEN: "+format, arguments...)
}

// torment is the run itself: warm up, faults, and the proof that all came through.
func (r *run) torment(ctx context.Context) error {
	began := time.Now()
	loading, endLoad := context.WithCancel(ctx)
	watching, endWatch := context.WithCancel(ctx)
	var load, watch sync.WaitGroup
	defer func() { endLoad(); endWatch(); load.Wait(); watch.Wait() }()
	watch.Go(func() { r.watcher.run(watching) })
	watch.Go(func() { r.viewer.run(watching) })
	watch.Go(func() { r.collector.run(watching) })
	load.Go(func() { r.producer.run(loading) })
	if err := r.warmUp(ctx); err != nil {
		return err
	}
	if err := r.followPlan(ctx); err != nil {
		return err
	}
	if err := r.compare(ctx); err != nil {
		return err
	}
	endLoad()
	load.Wait()
	if err := r.settle(ctx); err != nil {
		return err
	}
	r.fresh(ctx)
	r.report.BrowserEnds = r.viewer.ends.Load()
	if err := r.hub.stop(); err != nil {
		r.complain("%v", err)
	}
	if found := r.hub.wrote("DATA RACE", "panic:", "fatal error:"); found != "" {
		r.complain("the hub or a plugin wrote: %s", found)
	}
	endWatch()
	watch.Wait()
	r.sumUp(time.Since(began))
	return nil
}
