package decoder_test

import (
	"errors"
	"fmt"
	"os"

	"envelog/decoder"
	"envelog/format"
	"envelog/record"
	"envelog/transport"
)

// stored is the field message of a stream entry, as phpredis stored it for Symfony.
const stored = `s:623:"{"body":"O:36:\\\"Symfony\\\\Component\\\\Messenger\\\\Envelope\\\":2:{s:44:\\\"\\0Symfony\\\\Component\\\\Messenger\\\\Envelope\\0stamps\\\";a:0:{}s:45:\\\"\\0Symfony\\\\Component\\\\Messenger\\\\Envelope\\0message\\\";O:7:\\\"App\\\\Log\\\":5:{s:7:\\\"channel\\\";s:3:\\\"app\\\";s:5:\\\"level\\\";s:4:\\\"INFO\\\";s:7:\\\"message\\\";s:12:\\\"Order placed\\\";s:7:\\\"context\\\";a:1:{s:5:\\\"order\\\";i:4711;}s:9:\\\"timestamp\\\";O:17:\\\"DateTimeImmutable\\\":3:{s:4:\\\"date\\\";s:26:\\\"2026-11-23 09:49:34.841400\\\";s:13:\\\"timezone_type\\\";i:3;s:8:\\\"timezone\\\";s:12:\\\"Europe/Paris\\\";}}}","headers":[]}";`

// A decoder makes a record of what is in the stream, and a formatter a line of the record.
func ExampleDecoder_Decode() {
	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
	if err != nil {
		panic(err)
	}
	f, err := format.New("json", format.Options{})
	if err != nil {
		panic(err)
	}
	var r record.Record // is used for one entry after the other
	if err := d.Decode(&transport.Entry{Message: []byte(stored)}, &r); err != nil {
		panic(err)
	}
	fmt.Printf("%s of class %s at %s\n", r.Level, d.Class(), r.Time)
	fmt.Printf("order %d\n", r.Context.Element("order").Int())
	os.Stdout.Write(f.Append(nil, &r))
	// Output:
	// INFO of class App\Log at 2026-11-23 09:49:34.8414 +0100 CET
	// order 4711
	// {"message":"Order placed","context":{"order":4711},"level":200,"level_name":"INFO","channel":"app","datetime":"2026-11-23T09:49:34.841400+01:00","extra":{}}
}

// An error says in which layer decoding stopped, and where; it never says what the message contains.
func ExampleError() {
	d, err := decoder.New(decoder.Options{Serializer: decoder.PHP})
	if err != nil {
		panic(err)
	}
	err = d.Decode(&transport.Entry{Message: []byte(`s:31:"{"body":"O:8:...","headers":[]}";`)}, new(record.Record))
	var where *decoder.Error
	if errors.As(err, &where) {
		fmt.Println(where.Layer, where.Offset, errors.Is(err, decoder.ErrCorrupt))
	}
	// Output: value 4 true
}

// Describe shows a payload layer by layer, for people.
func ExampleDescribe() {
	err := decoder.Describe(os.Stdout, []byte(`a:2:{s:4:"user";s:3:"ada";i:0;O:3:"Row":1:{s:2:"id";i:5;}}`), decoder.Options{})
	if err != nil {
		panic(err)
	}
	// Output:
	// value: 58 bytes, serialized
	//   array(2) {
	//     "user": "ada"
	//     0: Row {
	//       id: 5
	//     }
	//   }
}
