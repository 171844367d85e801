// Command probe is the server of the network tests: it serves, or tries to reach
// what it is told, all at once, and prints what it got.
package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve()
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		go func(line string) { // ends with the process
			kind, target, _ := strings.Cut(line, " ")
			got, err := try(kind, target)
			if err != nil {
				got = "error: " + err.Error()
			}
			fmt.Printf("%s\t%s\n", line, strings.ReplaceAll(got, "\n", " "))
		}(lines.Text())
	}
}

// serve answers HTTP at 80 and 8080 and TLS at 443 and 8443, and says hello first
// at 2525.
func serve() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(err)
	secure := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert}, PrivateKey: key}}}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "reached %s", r.Host) })
	ended := make(chan error)
	for _, at := range []string{":80", ":8080", ":443", ":8443"} {
		l, err := net.Listen("tcp", at)
		check(err)
		if strings.HasSuffix(at, "443") {
			l = tls.NewListener(l, secure)
		}
		go func() { ended <- http.Serve(l, handler) }()
	}
	greeting, err := net.Listen("tcp", ":2525")
	check(err)
	go func() {
		for {
			conn, err := greeting.Accept()
			check(err)
			fmt.Fprintln(conn, "220 reached")
			conn.Close()
		}
	}()
	fmt.Println("serving")
	check(<-ended)
}

func try(kind, target string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 1500*time.Millisecond)
	defer cancel()
	switch kind {
	case "lookup":
		addrs, err := net.DefaultResolver.LookupHost(ctx, target)
		return strings.Join(addrs, " "), err
	case "dig": // NAME@SERVER
		name, server, _ := strings.Cut(target, "@")
		m := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)
		reply, _, err := new(dns.Client).ExchangeContext(ctx, m, server)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s %v", dns.RcodeToString[reply.Rcode], reply.Answer), nil
	case "get", "proxy":
		t := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
		if kind == "proxy" {
			t.Proxy = http.ProxyFromEnvironment
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return "", err
		}
		resp, err := t.RoundTrip(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return fmt.Sprintf("%d %s", resp.StatusCode, body), err
	case "tcp":
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", target)
		if err != nil {
			return "", err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
			return "", err
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		return "connected " + line, ignore(err)
	case "send": // ADDRESS QUOTED: what comes back for the bytes
		address, quoted, _ := strings.Cut(target, " ")
		text, err := strconv.Unquote(quoted)
		if err != nil {
			return "", err
		}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return "", err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
			return "", err
		}
		if _, err := io.WriteString(conn, text); err != nil {
			return "", err
		}
		got, err := io.ReadAll(conn)
		return strconv.Quote(string(got)), ignore(err)
	case "bound": // ADDRESS, on the link whatever the routes say
		bound := &net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
			var err error
			return errors.Join(c.Control(func(fd uintptr) {
				err = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "eth0")
			}), err)
		}}
		conn, err := bound.DialContext(ctx, "tcp", target)
		if err != nil {
			return "", err
		}
		return "connected", conn.Close()
	case "interfaces":
		addrs, err := net.InterfaceAddrs()
		return fmt.Sprint(addrs), err
	case "resolv":
		data, err := os.ReadFile("/etc/resolv.conf")
		return string(data), err
	default:
		return "", fmt.Errorf("what is %q?", kind)
	}
}

// ignore is for a connection that was made and says nothing.
func ignore(error) error { return nil }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
