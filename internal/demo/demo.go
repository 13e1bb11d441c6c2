// Package demo shows what envelog does without Redis and PHP: it feeds messages that were recorded from real Symfony
// applications to the loop of messenger:consume, which writes them to files.
//
// Model: the demo's own receiver hands out the [Messages] instead of Redis; decoder, formatter, loop and sink are those of
// every worker. There is no journal, and nothing to acknowledge.
package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"envelog/consumer"
	"envelog/decoder/phpredis"
	"envelog/fixtures"
	"envelog/internal/config"
	"envelog/internal/sink"
	"envelog/internal/worker"
)

// Messages returns the typical messages of all recorded versions, the oldest first.
func Messages() (cases []fixtures.Case, err error) {
	for _, suite := range fixtures.Suites() {
		typical, err := fixtures.Typical(suite)
		if err != nil {
			return nil, fmt.Errorf("load recorded messages: %w", err)
		}
		cases = append(cases, typical...)
	}
	return cases, nil
}

// Write makes lines of the messages, and writes them to files in dir.
func Write(ctx context.Context, cases []fixtures.Case, lines config.Lines, dir string, log *slog.Logger) (err error) {
	pipeline, err := worker.NewPipeline(lines, phpredis.PHP, config.Messages{}, log)
	if err != nil {
		return err
	}
	out, err := sink.Open(sink.Options{Dir: dir, Logger: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	c, err := consumer.New(consumer.Config{
		Sources:   []consumer.Source{{Name: "recorded", Receiver: newRecording(cases), Pipeline: pipeline, Failures: noFailures{}}},
		Sink:      out,
		Log:       log,
		FetchSize: len(cases),
		Limit:     len(cases),
	})
	if err != nil {
		return err
	}
	return c.Run(ctx)
}

// File is a log file with its lines.
type File struct {
	Path  string
	Lines [][]byte // without line feeds
}

// Files reads the log files in dir, sorted by name; a directory that is not there has none.
func Files(dir string) (files []File, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list log files: %w", err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".log" {
			continue
		}
		f := File{Path: filepath.Join(dir, e.Name())}
		content, err := os.ReadFile(f.Path)
		if err != nil {
			return nil, fmt.Errorf("read log file: %w", err)
		}
		for line := range bytes.Lines(content) {
			f.Lines = append(f.Lines, bytes.TrimSuffix(line, []byte("\n")))
		}
		files = append(files, f)
	}
	return files, nil
}
