package format_test

import (
	"os"
	"time"

	"envelog/decoder/phpserialize"
	"envelog/format"
	"envelog/phpvalue"
	"envelog/record"
)

// The same record in each format.
func ExampleNew() {
	var context phpvalue.Tree
	b := phpserialize.NewBuilder(&context)
	b.OpenArray()
	b.Name("sku")
	b.String([]byte("A-1"))
	b.Name("left")
	b.Int(3)
	b.Close()
	if err := b.Finish(); err != nil {
		panic(err)
	}
	r := record.Record{Channel: []byte("app"), Level: record.Warning, Message: []byte("Stock is low"),
		Context: context.Root(), Time: time.Date(2026, 11, 23, 8, 49, 34, 841_400_000, time.UTC)}
	var line []byte
	for _, name := range []string{"keyvalue", "line", "json", "logfmt"} {
		f, err := format.New(name, format.Options{})
		if err != nil {
			panic(err)
		}
		line = f.Append(line, &r)
	}
	os.Stdout.Write(line)
	// Output:
	// [2026-11-23T08:49:34.841400+00:00] app.WARNING: Stock is low sku=A-1 left=3
	// [2026-11-23T08:49:34.841400+00:00] app.WARNING: Stock is low {"sku":"A-1","left":3} []
	// {"message":"Stock is low","context":{"sku":"A-1","left":3},"level":300,"level_name":"WARNING","channel":"app","datetime":"2026-11-23T08:49:34.841400+00:00","extra":{}}
	// ts=2026-11-23T08:49:34.841400+00:00 level=warning channel=app msg="Stock is low" sku=A-1 left=3
}
