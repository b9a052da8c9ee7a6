package redis

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/araldo-relay/araldo/core"
)

// parity: A15
func TestEveryWayToReachAServer(t *testing.T) {
	dir, err := os.MkdirTemp("", "redis") // not t.TempDir: a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	certificate, key := selfSigned(t, dir)
	secure := freePort(t)
	socket := filepath.Join(dir, "redis.sock")
	server := startServer(t, "--unixsocket", socket, "--requirepass", "p@ss/word", "--tls-port", fmt.Sprint(secure),
		"--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
	const login = ":p%40ss%2Fword@"
	for name, c := range map[string]config{
		"URL":           {URL: fmt.Sprintf("redis://%slocalhost:%d/3", login, server.port)},
		"separate keys": {Host: "localhost", Port: server.port, DB: 3, Username: "default", Password: "p@ss/word"},
		"both":          {URL: server.url(), Password: "p@ss/word"},
		"unix socket":   {URL: "unix://" + login + socket},
		"TLS":           {URL: fmt.Sprintf("rediss://%s127.0.0.1:%d?skip_verify=true", login, secure)},
	} {
		t.Run(name, func(t *testing.T) {
			c.Channel = "orders"
			r := listen(t, c)
			r.expect(t, core.EventConnected)
			if err := speak(t, c).Send(context.Background(), numbered(1)); err != nil {
				t.Fatal(err)
			}
			inOrder(t, r.next(t, 1))
		})
	}
	t.Run("TLS with an unknown certificate", func(t *testing.T) {
		r := listen(t, config{URL: fmt.Sprintf("rediss://%s127.0.0.1:%d", login, secure), Channel: "orders"})
		if e := r.expect(t, core.EventDegraded); !strings.Contains(e.Cause, "certificate") {
			t.Errorf("cause %q", e.Cause)
		}
	})
}

// selfSigned writes a certificate for loopback and its key.
func selfSigned(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "EC PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}
