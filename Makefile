# All that is done with the tree. `make test` is what has to pass; `.ci/run` runs nothing else.
.DELETE_ON_ERROR:
SHELL := /bin/bash -o pipefail
BUF := go tool -modfile=proto/tools/go.mod buf
FUZZTIMES ?= 20000

.PHONY: test packages format vet proto-check unit fuzz proto build docs licenses release deployment parity bench bench-smoke bench-growth bench-rest bench-boundary torture torture-minute

test: packages format vet proto-check unit deployment fuzz torture-minute parity ## everything that has to pass

packages: ## programs that the tests need beside Go
	@.ci/packages redis-server=redis-server chromium=chromium curl=curl git=git gcc=gcc systemd-analyze=systemd unshare=util-linux protoc=protobuf-compiler \
		/usr/lib/python3/dist-packages/grpc=python3-grpcio /usr/lib/python3/dist-packages/google/protobuf=python3-protobuf

format:
	@unformatted=$$(git ls-files '*.go' | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "not formatted (gofmt -w): $$unformatted" >&2; exit 1; fi

vet:
	go vet ./... ./.ci/docs ./.ci/release ./.ci/deploy
	go tool staticcheck ./... ./.ci/docs ./.ci/release ./.ci/deploy
	go -C .ci/manifests vet ./...

proto-check: ## the contract: lint, no breaking change since the last commit, generated code up to date
	cd proto && $(subst proto/tools,tools,$(BUF)) lint .
	.ci/proto-breaking
	.ci/proto-current

proto: ## generate the Go code of the contract
	cd proto && $(subst proto/tools,tools,$(BUF)) generate .

unit: ## all tests, with the race detector; .ci/docs holds the pages to what they describe
	go test -race -timeout 15m -json ./... ./.ci/docs | go run ./.ci/testreport

deployment: ## a release, an image, and what other programs read in deploy/. Go can't see what these tests depend on
	go test -count=1 -timeout 10m -json ./.ci/release ./.ci/deploy | go run ./.ci/testreport
	go -C .ci/manifests test -count=1 -json ./... | go run ./.ci/testreport

fuzz: ## each fuzz target, FUZZTIMES executions
	.ci/fuzz $(FUZZTIMES)

torture-minute: ## a minute of what goes wrong, against every promise
	go run ./cmd/araldo-torture -race -duration 60s

torture: ## half an hour of it
	go run ./cmd/araldo-torture -duration 30m

parity: ## rows of the parity list without a test
	.ci/parity

build: ## one static binary, bin/araldo
	CGO_ENABLED=0 go build -trimpath -o bin/araldo ./cmd/araldo

docs: ## write the generated parts of the pages
	go run ./.ci/docs

licenses: ## the licences of all modules that the program links, for `araldo version --licenses`
	go run ./.ci/licenses > cmd/araldo/licenses.txt.new && mv cmd/araldo/licenses.txt.new cmd/araldo/licenses.txt

release: ## dist/: archives of the commit for each platform, and their sums
	go run ./.ci/release

bench-boundary: ## source process -> hub -> sink process: messages per second and CPU time per message
	go test -run '^$$' -bench Boundary -benchtime 5s -count 3 ./core/hub

bench: build ## all workloads, araldo against a forwarder written by hand, in one run
	go build -o bin/araldo-bench ./cmd/araldo-bench
	bin/araldo-bench run --relay forwarder --relay gathered --relay deploy/bench/araldo.yaml --program araldo=bin/araldo

bench-smoke: ## every measurement for a moment; judges loss, repetition and order, never time. Part of `unit`
	go test -timeout 5m ./cmd/araldo-bench/...

bench-growth: build ## how the cost grows with sizes, outlets, connections, routes and conversions
	go build -o bin/araldo-bench ./cmd/araldo-bench
	bin/araldo-bench run --program araldo=bin/araldo --size 64,256,1024,4096,16384,65536,262144,1048576 w1 w2 w3 w4
	bin/araldo-bench grow --program araldo=bin/araldo

bench-rest: build ## a hub with four plugin processes that has nothing to do: CPU, memory, time to start
	go build -o bin/araldo-bench ./cmd/araldo-bench
	bin/araldo-bench rest --program araldo=bin/araldo
