package format

import (
	"fmt"
	"strings"
	"testing"
)

// samples are records, and the context that Monolog 3.9 and 3.12 printed for them: line as LineFormatter, json as
// JsonFormatter where it differs.
var samples = []struct {
	name    string
	context string
	line    string
	json    string
}{
	{"list", `a:{i:0;i:1;i:1;i:2;}`, `[1,2]`, ``},
	{"scalars", `a:{s:"n";N;s:"t";b:1;s:"f";b:0;s:"i";i:5;s:"d";d:1;s:"d2";d:0.1;s:"s";s:"q"/é` + "\n" + `";s:"e";s:"";}`,
		`{"n":null,"t":true,"f":false,"i":5,"d":1.0,"d2":0.1,"s":"q\"/é\n","e":""}`, ``},
	{"not finite", `a:{s:"i";d:INF;s:"n";d:-INF;s:"nan";d:NAN;}`, `{"i":"INF","n":"-INF","nan":"NaN"}`, `{"i":0,"n":0,"nan":0}`},
	{"floats", `a:{s:"a";d:1.0E+25;s:"b";d:0.30000000000000004;s:"c";d:1.0E-7;s:"d";d:-0;s:"e";d:100;s:"neg";i:-5;}`,
		`{"a":1.0e+25,"b":0.30000000000000004,"c":1.0e-7,"d":-0.0,"e":100.0,"neg":-5}`, ``},
	{"int keys", `a:{i:5;s:"a";}`, `{"5":"a"}`, ``},
	{"big int", in(`i:9223372036854775807;`), `{"k":9223372036854775807}`, ``},
	{"slash", in(`s:"http://x/y";`), `{"k":"http://x/y"}`, ``},
	{"not UTF-8", in("s:\"\xe2\x82(\xff)\";"), `{"k":"` + "\uFFFD(\uFFFD" + `)"}`, ``},
	{"separators", in(`s:"a` + "\u2028" + `b` + "\u2029" + `";`), `{"k":"a\u2028b\u2029"}`, ``},
	{"control", in("s:\"\x01\x1f\x7f~\";"), `{"k":"\u0001\u001f` + "\x7f" + `\u0000"}`, ``},
	{"html", in(`s:"<&>'";`), `{"k":"<&>'"}`, ``},
	{"empty", `a:{s:"a";a:{}s:"b";O:"stdClass":{}}`, `{"a":[],"b":{"stdClass":[]}}`, `{"a":[],"b":{}}`},
	{"deep", strings.Repeat(`a:{i:0;`, 12) + `N;` + strings.Repeat(`}`, 12), `[[[[[[[[["Over 9 levels deep, aborting normalization"]]]]]]]]]`, ``},
	{"just not too deep", strings.Repeat(`a:{i:0;`, 9) + `i:1;` + strings.Repeat(`}`, 9), `[[[[[[[[[1]]]]]]]]]`, ``},
	{"many items", `a:{` + items(1001) + `}`, `{` + printed(1000) + `,"...":"Over 1000 items (1001 total), aborting normalization"}`, ``},
	{"as many items as may be", `a:{` + items(1000) + `}`, `[` + strings.Repeat("1,", 999) + `1]`, ``},

	{"date", `a:{s:"d";O:"DateTime":{s:"date";s:"2020-01-01 00:00:00.000000";s:"timezone_type";i:3;s:"timezone";s:"UTC";}s:"di";O:"DateTimeImmutable":{s:"date";s:"2020-01-01 10:00:00.500000";s:"timezone_type";i:1;s:"timezone";s:"+02:00";}}`,
		`{"d":"2020-01-01T00:00:00+00:00","di":"2020-01-01T10:00:00+02:00"}`, ``},
	{"Monolog's date", `a:{i:0;O:"Monolog\JsonSerializableDateTimeImmutable":{s:"date";s:"2026-11-23 10:29:35.424065";s:"timezone_type";i:3;s:"timezone";s:"UTC";s:"~Monolog\JsonSerializableDateTimeImmutable~useMicroseconds";b:1;}i:1;O:"Monolog\DateTimeImmutable":{s:"date";s:"2026-11-23 10:29:35.424066";s:"timezone_type";i:3;s:"timezone";s:"UTC";s:"~Monolog\DateTimeImmutable~useMicroseconds";b:0;}}`,
		`["2026-11-23T10:29:35.424065+00:00","2026-11-23T10:29:35+00:00"]`, ``},
	{"exception", in(previousException),
		`{"k":"[object] (TypeError(code: 3): te at /w/t1.php:24)\n[previous exception] [object] (ErrorException(code: 1): e\ne at /f.php:7)"}`,
		`{"k":{"class":"TypeError","message":"te","code":3,"file":"/w/t1.php:24","previous":{"class":"ErrorException","message":"e\ne","code":1,"file":"/f.php:7"}}}`},
	{"exception with a code that is a string", in(`O:"TE":{s:"~*~message";s:"a";s:"~Exception~string";s:"";s:"~*~code";s:"HY000";s:"~*~file";s:"/f";s:"~*~line";i:21;s:"~Exception~trace";a:{}s:"~Exception~previous";N;s:"foo";s:"bar";}`),
		`{"k":"[object] (TE(code: ): a at /f:21)"}`, `{"k":{"class":"TE","message":"a","code":0,"file":"/f:21"}}`},
	{"exception that is its own previous", in(`O:"E":{s:"~*~message";s:"m";s:"~*~code";i:1;s:"~*~file";s:"/f";s:"~*~line";i:2;s:"~Exception~previous";r:2;}`),
		`{"k":"[object] (E(code: 1): m at /f:2)` + strings.Repeat(`\n[previous exception] [object] (E(code: 1): m at /f:2)`, 7) + `\n[previous exception] Over 9 levels deep, aborting normalization"}`,
		`{"k":` + strings.Repeat(`{"class":"E","message":"m","code":1,"file":"/f:2","previous":`, 8) + `["Over 9 levels deep, aborting normalization"]` + strings.Repeat(`}`, 9)},
	{"SoapFault", in(soapFault),
		`{"k":"[object] (SoapFault(code: 0 faultcode: Client faultactor: actor detail: {\"a\":1}): b2 at /t/soap.php:4)"}`,
		`{"k":{"class":"SoapFault","message":"b2","code":0,"file":"/t/soap.php:4","faultcode":"Client","faultactor":"actor","detail":"{\"a\":1}"}}`},
	{"visibility", in(`O:"P":{s:"a";i:1;s:"~*~b";i:2;s:"~P~c";i:3;}`), `{"k":{"P":{"a":1}}}`, `{"k":{"a":1}}`},
	{"objects inside an object", in(insideObject),
		`{"k":{"stdClass":{"d":{"date":"2020-01-01 00:00:00.000000","timezone_type":3,"timezone":"UTC"},"o":[],"inf":0,"nan":0,"a":[],"f":1.0,"l":["a","b"],"m":{"1":"a","0":"b"},"big":1.0e+25}}}`,
		`{"k":{"d":{"date":"2020-01-01 00:00:00.000000","timezone_type":3,"timezone":"UTC"},"o":{},"inf":0,"nan":0,"a":[],"f":1.0,"l":{"0":"a","1":"b"},"m":{"1":"a","0":"b"},"big":1.0e+25}}`},
	{"exception inside an object", in(`O:"stdClass":{s:"e";` + previousException + `}`), `{"k":{"stdClass":{"e":[]}}}`, `{"k":{"e":{}}}`},
	{"date of a subclass inside an object", in(`O:"stdClass":{s:"d";O:"DueDate":{s:"date";s:"2026-11-23 09:49:34.500000";s:"timezone_type";i:3;s:"timezone";s:"UTC";s:"note";s:"due";s:"~DueDate~reminders";i:2;}}`),
		`{"k":{"stdClass":{"d":{"note":"due","date":"2026-11-23 09:49:34.500000","timezone_type":3,"timezone":"UTC"}}}}`,
		`{"k":{"d":{"note":"due","date":"2026-11-23 09:49:34.500000","timezone_type":3,"timezone":"UTC"}}}`},
	{"object within itself", in(`O:"stdClass":{s:"self";r:2;s:"x";i:1;}`), `{"k":{"stdClass":{"self":null,"x":1}}}`, `{"k":{"self":null,"x":1}}`},
	{"array within itself, inside an object", in(`O:"stdClass":{s:"arr";a:{s:"a";i:1;s:"self";R:3;}}`), `{"k":{"stdClass":{"arr":{"a":1,"self":null}}}}`, `{"k":{"arr":{"a":1,"self":null}}}`},
	{"object of 511 levels", in(nestedObjects(511)), `{"k":{"stdClass":` + nestedJSON(511) + `}}`, `{"k":` + nestedJSON(511) + `}`},
	{"object of 512 levels", in(nestedObjects(512)), `{"k":{"stdClass":null}}`, `{"k":` + nestedJSON(512) + `}`},

	{"ArrayObject", in(`O:"ArrayObject":{i:0;i:0;i:1;a:{i:0;i:1;i:1;i:2;}i:2;a:{}i:3;N;}`), `{"k":{"ArrayObject":[1,2]}}`, `{"k":{"0":1,"1":2}}`},
	{"ArrayObject of a map", in(`O:"ArrayObject":{i:0;i:0;i:1;a:{s:"a";i:1;}i:2;a:{}i:3;N;}`), `{"k":{"ArrayObject":{"a":1}}}`, `{"k":{"a":1}}`},
	{"ArrayObject of an object", in(`O:"ArrayObject":{i:0;i:0;i:1;O:"stdClass":{s:"z";i:1;}i:2;a:{}i:3;N;}`), `{"k":{"ArrayObject":{"z":1}}}`, `{"k":{"z":1}}`},
	{"subclass of ArrayObject", in(`O:"AOSub":{i:0;i:0;i:1;a:{i:0;i:5;}i:2;a:{s:"pub";i:1;s:"~*~p";i:2;}i:3;N;}`), `{"k":{"AOSub":[5]}}`, `{"k":{"0":5}}`},
	{"ArrayObject that shows its properties", in(`O:"AO":{i:0;i:1;i:1;a:{i:0;i:1;i:1;i:2;}i:2;a:{s:"pub";i:1;}i:3;N;}`), `{"k":{"AO":{"pub":1}}}`, `{"k":{"pub":1}}`},
	{"SplObjectStorage", in(`O:"SplObjectStorage":{i:0;a:{i:0;O:"stdClass":{s:"a";i:1;}i:1;i:5;}i:1;a:{}}`), `{"k":{"SplObjectStorage":[]}}`, `{"k":{}}`},
	{"SplQueue", in(`O:"SplQueue":{i:0;i:4;i:1;a:{i:0;i:1;}i:2;a:{}}`), `{"k":{"SplQueue":[]}}`, `{"k":{}}`},
	{"SplFixedArray", in(`O:"SplFixedArray":{i:0;i:1;i:1;i:2;}`), `{"k":{"SplFixedArray":[1,2]}}`, `{"k":[1,2]}`},
	{"DateTimeZone", in(`O:"DateTimeZone":{s:"timezone_type";i:3;s:"timezone";s:"Europe/Paris";}`),
		`{"k":{"DateTimeZone":{"timezone_type":3,"timezone":"Europe/Paris"}}}`, `{"k":{"timezone_type":3,"timezone":"Europe/Paris"}}`},
}

const previousException = `O:"TypeError":{s:"~*~message";s:"te";s:"~Error~string";s:"";s:"~*~code";i:3;s:"~*~file";s:"/w/t1.php";s:"~*~line";i:24;s:"~Error~trace";a:{}s:"~Error~previous";` +
	`O:"ErrorException":{s:"~*~message";s:"e` + "\n" + `e";s:"~Exception~string";s:"";s:"~*~code";i:1;s:"~*~file";s:"/f.php";s:"~*~line";i:7;s:"~Exception~trace";a:{}s:"~Exception~previous";N;s:"~*~severity";i:2;}}`

const soapFault = `O:"SoapFault":{s:"~*~message";s:"b2";s:"~Exception~string";s:"";s:"~*~code";i:0;s:"~*~file";s:"/t/soap.php";s:"~*~line";i:4;s:"~Exception~trace";a:{}s:"~Exception~previous";N;s:"faultstring";s:"b2";` +
	`s:"faultcode";s:"Client";s:"faultcodens";s:"http://schemas.xmlsoap.org/soap/envelope/";s:"faultactor";s:"actor";s:"detail";O:"stdClass":{s:"a";i:1;}s:"_name";N;s:"headerfault";N;}`

const insideObject = `O:"stdClass":{s:"d";O:"DateTime":{s:"date";s:"2020-01-01 00:00:00.000000";s:"timezone_type";i:3;s:"timezone";s:"UTC";}s:"o";O:"stdClass":{}s:"inf";d:INF;s:"nan";d:NAN;s:"a";a:{}s:"f";d:1;` +
	`s:"l";O:"stdClass":{s:"0";s:"a";s:"1";s:"b";}s:"m";O:"stdClass":{s:"1";s:"a";s:"0";s:"b";}s:"big";d:1.0E+25;}`

// items returns n elements of a list, all 1.
func items(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "i:%d;i:1;", i)
	}
	return b.String()
}

// printed returns the same n elements as JSON prints them in a map.
func printed(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":1`, i)
	}
	return b.String()[1:]
}

func nestedObjects(n int) string {
	return strings.Repeat(`O:"stdClass":{s:"n";`, n) + `i:1;` + strings.Repeat(`}`, n)
}

func nestedJSON(n int) string { return strings.Repeat(`{"n":`, n) + `1` + strings.Repeat(`}`, n) }

func TestSamplesOfMonolog(t *testing.T) {
	line, json := mustNew(t, "line", Options{}), mustNew(t, "json", Options{})
	for _, tt := range samples {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecord(t, "m", tt.context)
			want := "[2024-01-02T03:04:05.678900+01:00] messenger.INFO: m " + tt.line + " []\n"
			if got := string(line.Append(nil, r)); got != want {
				t.Errorf("line:\n got %s\nwant %s", got, want)
			}
			if tt.json == "" {
				tt.json = tt.line
			}
			want = `{"message":"m","context":` + tt.json + `,"level":200,"level_name":"INFO","channel":"messenger","datetime":"2024-01-02T03:04:05.678900+01:00","extra":{}}` + "\n"
			if got := string(json.Append(nil, r)); got != want {
				t.Errorf("json:\n got %s\nwant %s", got, want)
			}
		})
	}
}

// TestMessagesOfMonolog has the messages of the samples, and what LineFormatter printed after the date.
func TestMessagesOfMonolog(t *testing.T) {
	tests := []struct{ name, message, context, line, json string }{
		{"no context", "hi", "", "hi [] []", `{"message":"hi","context":{},`},
		{"empty context", "hi", "a:{}", "hi [] []", `{"message":"hi","context":{},`},
		{"line breaks", "a\nb\r\nc\rd", "", "a b c d [] []", `{"message":"a\nb\r\nc\rd","context":{},`},
		{"not UTF-8", "m\xff", "", "m\xff [] []", `{"message":"m` + "\uFFFD" + `","context":{},`},
		{"brace placeholder", "{k} was", in(`s:"App\X";`), `{k} was {"k":"App\\X"} []`, `{"message":"{k} was","context":{"k":"App\\X"},`},
		{"percent placeholder", "100% %context.foo% %extra.x%", in(`s:"bar";`), `100%   {"k":"bar"} []`, `{"message":"100% %context.foo% %extra.x%","context":{"k":"bar"},`},
		{"other placeholders", "at %level_name% in %channel%", "", "at INFO in messenger [] []", `{"message":"at %level_name% in %channel%","context":{},`},
		{"the message in the message", "%message%", in(`s:"%message%";`), `%message% {"k":"%message%"} []`, `{"message":"%message%","context":{"k":"%message%"},`},
		{"the context in the message", "is %context%", in(`i:1;`), `is {"k":1} {"k":1} []`, `{"message":"is %context%","context":{"k":1},`},
		{"a leftover over the border of values", "%context.", in(`s:"100%";`), "\"} []", `{"message":"%context.","context":{"k":"100%"},`},
	}
	line, json := mustNew(t, "line", Options{}), mustNew(t, "json", Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRecord(t, tt.message, tt.context)
			want := "[2024-01-02T03:04:05.678900+01:00] messenger.INFO: " + tt.line + "\n"
			if got := string(line.Append(nil, r)); got != want {
				t.Errorf("line:\n got %q\nwant %q", got, want)
			}
			if got := string(json.Append(nil, r)); !strings.HasPrefix(got, tt.json) {
				t.Errorf("json:\n got %s\nwant %s...", got, tt.json)
			}
		})
	}
}
