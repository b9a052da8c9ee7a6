package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/araldo-relay/araldo/core/document"
)

// The bounds of global keys. A frame on the wire has at most 4 MiB: the largest message fits into one that others began.
const (
	MaxMessageLimit     = 3 << 20
	leastMaxMessage     = 1 << 10
	mostShutdownTimeout = time.Hour
)

// globalKey is one key of `global`: also a flag and, as ARALDO_ and the name in capitals, an environment variable.
type globalKey struct {
	name, fallback string
	class          Class
	usage          string
	// set takes the text over into g, or says what would be right.
	set func(g *Global, text string) (wanted string)
}

var logLevels = []string{"debug", "info", "warning", "error", "fatal"}

var globalKeys = []globalKey{
	{"server-port", "54321", ClassEndpointRestart, "default port of endpoints that serve the web", setServerPort},
	{"bind", "127.0.0.1", ClassEndpointRestart, "default address of endpoints that serve the web; 0.0.0.0 and :: are all addresses", setBind},
	{"log-level", "info", ClassLive, "what is worth a line: debug, info, warning, error or fatal", setLogLevel},
	{"data-dir", "", ClassHubRestart, "folder of lock, control socket and state; default: $STATE_DIRECTORY, else NAME-data beside NAME.yaml",
		func(g *Global, text string) string { g.DataDir = text; return "" }},
	{"max-message", "1MiB", ClassHubRestart, "largest message, attributes included; 1KiB to 3MiB", setMaxMessage},
	{"shutdown-timeout", "20s", ClassLive, "how long the hub drains at most before it ends; 1ms to 1h", setShutdownTimeout},
	{"metrics-port", "", ClassHubRestart, "port of /metrics, /healthz and /readyz; 0: the next free one; default: none", setMetricsPort},
	{"metrics-bind", "127.0.0.1", ClassHubRestart, "address of metrics-port; 0.0.0.0 and :: are all addresses", setMetricsBind},
	{"trace-endpoint", "", ClassHubRestart, "URL of the OpenTelemetry collector that takes traces by OTLP over HTTP; default: none", setTraceEndpoint},
	{"trace-sample", "0.01", ClassHubRestart, "part of the messages that traces begin with, from 0 to 1; those that bring one go on with it", setTraceSample},
	{"verify", "", ClassEndpointRestart, "which external plugins must be as araldo.lock.yaml has them: require (all), warn or off; default: those that it names", setVerify},
	{"plugin-dirs", "", ClassLive, "folders of external plugins; as a flag and in the environment separated as in $PATH", nil},
}

func setServerPort(g *Global, text string) string {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 || text[0] == '0' {
		return "a port from 1 to 65535 is wanted"
	}
	g.ServerPort = int(port)
	return ""
}

// hostName is a name of letters, digits and dashes (RFC 1123, section 2.1).
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$`)

// numeric finds addresses with a slip, which would otherwise pass as names.
var numeric = regexp.MustCompile(`^[0-9.]+$`)

func setBind(g *Global, text string) string { return setHost(&g.Bind, text) }

func setMetricsBind(g *Global, text string) string { return setHost(&g.MetricsBind, text) }

func setHost(field *string, text string) string {
	if _, err := netip.ParseAddr(text); err != nil && (!hostName.MatchString(text) || numeric.MatchString(text)) {
		return "an IP address or host name without port is wanted; 0.0.0.0 and :: mean all addresses"
	}
	*field = text
	return ""
}

func setMetricsPort(g *Global, text string) string {
	if text == "" {
		g.MetricsPort = NoMetrics
		return ""
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || text != strconv.FormatUint(port, 10) {
		return "a port from 0 to 65535 is wanted; 0 is the next free one"
	}
	g.MetricsPort = int(port)
	return ""
}

func setTraceEndpoint(g *Global, text string) string {
	g.TraceEndpoint = text
	u, err := url.Parse(text)
	switch {
	case text == "":
		return ""
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return "the URL of a collector is wanted, such as http://127.0.0.1:4318"
	case u.User != nil:
		return "a URL without user and password is wanted; OTEL_EXPORTER_OTLP_HEADERS can hold such"
	}
	return ""
}

func setTraceSample(g *Global, text string) string {
	part, err := strconv.ParseFloat(text, 64)
	if err != nil || !(part >= 0 && part <= 1) {
		return "a number from 0 to 1 is wanted, such as 0.01"
	}
	g.TraceSample = part
	return ""
}

func setLogLevel(g *Global, text string) string {
	if !slices.Contains(logLevels, text) {
		return "allowed: " + strings.Join(logLevels, ", ")
	}
	g.LogLevel = text
	return ""
}

func setMaxMessage(g *Global, text string) string {
	n, ok := document.ParseBytes(text)
	if !ok || n < leastMaxMessage || n > MaxMessageLimit {
		return "a size from " + document.FormatBytes(leastMaxMessage) + " to " + document.FormatBytes(MaxMessageLimit) +
			" is wanted, such as 64KiB"
	}
	g.MaxMessage = n
	return ""
}

func setShutdownTimeout(g *Global, text string) string {
	d, ok := document.ParseDuration(text)
	if !ok || d < time.Millisecond || d > mostShutdownTimeout {
		return "a time from 1ms to 1h is wanted, such as 20s"
	}
	g.ShutdownTimeout = d
	return ""
}
