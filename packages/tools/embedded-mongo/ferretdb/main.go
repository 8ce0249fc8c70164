// A FerretDB 1.24 with the SQLite backend: a second server that speaks MongoDB's protocol, written by others,
// for the conformance suite. The embeddable package is used because FerretDB's own main needs files that its
// published module does not contain.
//
// Usage: ferretdb <folder> <port>. It prints "listening on <uri>" and ends with SIGTERM.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: ferretdb <folder> <port>")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:" + os.Args[2]},
		Handler:   "sqlite",
		SQLiteURL: "file:" + os.Args[1] + "/",
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- server.Run(ctx) }()
	fmt.Println("listening on " + server.MongoDBURI())
	if err := <-done; err != nil {
		log.Fatal(err)
	}
}
