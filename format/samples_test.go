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
	{"list", `a:2:{i:0;i:1;i:1;i:2;}`, `[1,2]`, ``},
	{"scalars", `a:8:{s:1:"n";N;s:1:"t";b:1;s:1:"f";b:0;s:1:"i";i:5;s:1:"d";d:1;s:2:"d2";d:0.1;s:1:"s";s:6:"q"/é` + "\n" + `";s:1:"e";s:0:"";}`,
		`{"n":null,"t":true,"f":false,"i":5,"d":1.0,"d2":0.1,"s":"q\"/é\n","e":""}`, ``},
	{"not finite", `a:3:{s:1:"i";d:INF;s:1:"n";d:-INF;s:3:"nan";d:NAN;}`, `{"i":"INF","n":"-INF","nan":"NaN"}`, `{"i":0,"n":0,"nan":0}`},
	{"floats", `a:6:{s:1:"a";d:1.0E+25;s:1:"b";d:0.30000000000000004;s:1:"c";d:1.0E-7;s:1:"d";d:-0;s:1:"e";d:100;s:3:"neg";i:-5;}`,
		`{"a":1.0e+25,"b":0.30000000000000004,"c":1.0e-7,"d":-0.0,"e":100.0,"neg":-5}`, ``},
	{"int keys", `a:1:{i:5;s:1:"a";}`, `{"5":"a"}`, ``},
	{"big int", in(`i:9223372036854775807;`), `{"k":9223372036854775807}`, ``},
	{"slash", in(`s:10:"http://x/y";`), `{"k":"http://x/y"}`, ``},
	{"not UTF-8", in("s:5:\"\xe2\x82(\xff)\";"), `{"k":"` + "\uFFFD(\uFFFD" + `)"}`, ``},
	{"separators", in(`s:8:"a` + "\u2028" + `b` + "\u2029" + `";`), `{"k":"a\u2028b\u2029"}`, ``},
	{"control", in("s:4:\"\x01\x1f\x7f~\";"), `{"k":"\u0001\u001f` + "\x7f" + `\u0000"}`, ``},
	{"html", in(`s:4:"<&>'";`), `{"k":"<&>'"}`, ``},
	{"empty", `a:2:{s:1:"a";a:0:{}s:1:"b";O:8:"stdClass":0:{}}`, `{"a":[],"b":{"stdClass":[]}}`, `{"a":[],"b":{}}`},
	{"deep", strings.Repeat(`a:1:{i:0;`, 12) + `N;` + strings.Repeat(`}`, 12), `[[[[[[[[["Over 9 levels deep, aborting normalization"]]]]]]]]]`, ``},
	{"just not too deep", strings.Repeat(`a:1:{i:0;`, 9) + `i:1;` + strings.Repeat(`}`, 9), `[[[[[[[[[1]]]]]]]]]`, ``},
	{"many items", `a:1001:{` + items(1001) + `}`, `{` + printed(1000) + `,"...":"Over 1000 items (1001 total), aborting normalization"}`, ``},
	{"as many items as may be", `a:1000:{` + items(1000) + `}`, `[` + strings.Repeat("1,", 999) + `1]`, ``},

	{"date", `a:2:{s:1:"d";O:8:"DateTime":3:{s:4:"date";s:26:"2020-01-01 00:00:00.000000";s:13:"timezone_type";i:3;s:8:"timezone";s:3:"UTC";}s:2:"di";O:17:"DateTimeImmutable":3:{s:4:"date";s:26:"2020-01-01 10:00:00.500000";s:13:"timezone_type";i:1;s:8:"timezone";s:6:"+02:00";}}`,
		`{"d":"2020-01-01T00:00:00+00:00","di":"2020-01-01T10:00:00+02:00"}`, ``},
	{"Monolog's date", `a:2:{i:0;O:41:"Monolog\JsonSerializableDateTimeImmutable":4:{s:4:"date";s:26:"2026-11-23 10:29:35.424065";s:13:"timezone_type";i:3;s:8:"timezone";s:3:"UTC";s:58:"~Monolog\JsonSerializableDateTimeImmutable~useMicroseconds";b:1;}i:1;O:25:"Monolog\DateTimeImmutable":4:{s:4:"date";s:26:"2026-11-23 10:29:35.424066";s:13:"timezone_type";i:3;s:8:"timezone";s:3:"UTC";s:42:"~Monolog\DateTimeImmutable~useMicroseconds";b:0;}}`,
		`["2026-11-23T10:29:35.424065+00:00","2026-11-23T10:29:35+00:00"]`, ``},
	{"exception", in(previousException),
		`{"k":"[object] (TypeError(code: 3): te at /w/t1.php:24)\n[previous exception] [object] (ErrorException(code: 1): e\ne at /f.php:7)"}`,
		`{"k":{"class":"TypeError","message":"te","code":3,"file":"/w/t1.php:24","previous":{"class":"ErrorException","message":"e\ne","code":1,"file":"/f.php:7"}}}`},
	{"exception with a code that is a string", in(`O:2:"TE":8:{s:10:"~*~message";s:1:"a";s:17:"~Exception~string";s:0:"";s:7:"~*~code";s:5:"HY000";s:7:"~*~file";s:2:"/f";s:7:"~*~line";i:21;s:16:"~Exception~trace";a:0:{}s:19:"~Exception~previous";N;s:3:"foo";s:3:"bar";}`),
		`{"k":"[object] (TE(code: ): a at /f:21)"}`, `{"k":{"class":"TE","message":"a","code":0,"file":"/f:21"}}`},
	{"exception that is its own previous", in(`O:1:"E":5:{s:10:"~*~message";s:1:"m";s:7:"~*~code";i:1;s:7:"~*~file";s:2:"/f";s:7:"~*~line";i:2;s:19:"~Exception~previous";r:2;}`),
		`{"k":"[object] (E(code: 1): m at /f:2)` + strings.Repeat(`\n[previous exception] [object] (E(code: 1): m at /f:2)`, 7) + `\n[previous exception] Over 9 levels deep, aborting normalization"}`,
		`{"k":` + strings.Repeat(`{"class":"E","message":"m","code":1,"file":"/f:2","previous":`, 8) + `["Over 9 levels deep, aborting normalization"]` + strings.Repeat(`}`, 9)},
	{"SoapFault", in(soapFault),
		`{"k":"[object] (SoapFault(code: 0 faultcode: Client faultactor: actor detail: {\"a\":1}): b2 at /t/soap.php:4)"}`,
		`{"k":{"class":"SoapFault","message":"b2","code":0,"file":"/t/soap.php:4","faultcode":"Client","faultactor":"actor","detail":"{\"a\":1}"}}`},
	{"visibility", in(`O:1:"P":3:{s:1:"a";i:1;s:4:"~*~b";i:2;s:4:"~P~c";i:3;}`), `{"k":{"P":{"a":1}}}`, `{"k":{"a":1}}`},
	{"objects inside an object", in(insideObject),
		`{"k":{"stdClass":{"d":{"date":"2020-01-01 00:00:00.000000","timezone_type":3,"timezone":"UTC"},"o":[],"inf":0,"nan":0,"a":[],"f":1.0,"l":["a","b"],"m":{"1":"a","0":"b"},"big":1.0e+25}}}`,
		`{"k":{"d":{"date":"2020-01-01 00:00:00.000000","timezone_type":3,"timezone":"UTC"},"o":{},"inf":0,"nan":0,"a":[],"f":1.0,"l":{"0":"a","1":"b"},"m":{"1":"a","0":"b"},"big":1.0e+25}}`},
	{"exception inside an object", in(`O:8:"stdClass":1:{s:1:"e";` + previousException + `}`), `{"k":{"stdClass":{"e":[]}}}`, `{"k":{"e":{}}}`},
	{"date of a subclass inside an object", in(`O:8:"stdClass":1:{s:1:"d";O:7:"DueDate":5:{s:4:"date";s:26:"2026-11-23 09:49:34.500000";s:13:"timezone_type";i:3;s:8:"timezone";s:3:"UTC";s:4:"note";s:3:"due";s:18:"~DueDate~reminders";i:2;}}`),
		`{"k":{"stdClass":{"d":{"note":"due","date":"2026-11-23 09:49:34.500000","timezone_type":3,"timezone":"UTC"}}}}`,
		`{"k":{"d":{"note":"due","date":"2026-11-23 09:49:34.500000","timezone_type":3,"timezone":"UTC"}}}`},
	{"object within itself", in(`O:8:"stdClass":2:{s:4:"self";r:2;s:1:"x";i:1;}`), `{"k":{"stdClass":{"self":null,"x":1}}}`, `{"k":{"self":null,"x":1}}`},
	{"array within itself, inside an object", in(`O:8:"stdClass":1:{s:3:"arr";a:2:{s:1:"a";i:1;s:4:"self";R:3;}}`), `{"k":{"stdClass":{"arr":{"a":1,"self":null}}}}`, `{"k":{"arr":{"a":1,"self":null}}}`},
	{"object of 511 levels", in(nestedObjects(511)), `{"k":{"stdClass":` + nestedJSON(511) + `}}`, `{"k":` + nestedJSON(511) + `}`},
	{"object of 512 levels", in(nestedObjects(512)), `{"k":{"stdClass":null}}`, `{"k":` + nestedJSON(512) + `}`},

	{"ArrayObject", in(`O:11:"ArrayObject":4:{i:0;i:0;i:1;a:2:{i:0;i:1;i:1;i:2;}i:2;a:0:{}i:3;N;}`), `{"k":{"ArrayObject":[1,2]}}`, `{"k":{"0":1,"1":2}}`},
	{"ArrayObject of a map", in(`O:11:"ArrayObject":4:{i:0;i:0;i:1;a:1:{s:1:"a";i:1;}i:2;a:0:{}i:3;N;}`), `{"k":{"ArrayObject":{"a":1}}}`, `{"k":{"a":1}}`},
	{"ArrayObject of an object", in(`O:11:"ArrayObject":4:{i:0;i:0;i:1;O:8:"stdClass":1:{s:1:"z";i:1;}i:2;a:0:{}i:3;N;}`), `{"k":{"ArrayObject":{"z":1}}}`, `{"k":{"z":1}}`},
	{"subclass of ArrayObject", in(`O:5:"AOSub":4:{i:0;i:0;i:1;a:1:{i:0;i:5;}i:2;a:2:{s:3:"pub";i:1;s:4:"~*~p";i:2;}i:3;N;}`), `{"k":{"AOSub":[5]}}`, `{"k":{"0":5}}`},
	{"ArrayObject that shows its properties", in(`O:2:"AO":4:{i:0;i:1;i:1;a:2:{i:0;i:1;i:1;i:2;}i:2;a:1:{s:3:"pub";i:1;}i:3;N;}`), `{"k":{"AO":{"pub":1}}}`, `{"k":{"pub":1}}`},
	{"SplObjectStorage", in(`O:16:"SplObjectStorage":2:{i:0;a:2:{i:0;O:8:"stdClass":1:{s:1:"a";i:1;}i:1;i:5;}i:1;a:0:{}}`), `{"k":{"SplObjectStorage":[]}}`, `{"k":{}}`},
	{"SplQueue", in(`O:8:"SplQueue":3:{i:0;i:4;i:1;a:1:{i:0;i:1;}i:2;a:0:{}}`), `{"k":{"SplQueue":[]}}`, `{"k":{}}`},
	{"SplFixedArray", in(`O:13:"SplFixedArray":2:{i:0;i:1;i:1;i:2;}`), `{"k":{"SplFixedArray":[1,2]}}`, `{"k":[1,2]}`},
	{"DateTimeZone", in(`O:12:"DateTimeZone":2:{s:13:"timezone_type";i:3;s:8:"timezone";s:12:"Europe/Paris";}`),
		`{"k":{"DateTimeZone":{"timezone_type":3,"timezone":"Europe/Paris"}}}`, `{"k":{"timezone_type":3,"timezone":"Europe/Paris"}}`},
}

const previousException = `O:9:"TypeError":7:{s:10:"~*~message";s:2:"te";s:13:"~Error~string";s:0:"";s:7:"~*~code";i:3;s:7:"~*~file";s:9:"/w/t1.php";s:7:"~*~line";i:24;s:12:"~Error~trace";a:0:{}s:15:"~Error~previous";` +
	`O:14:"ErrorException":8:{s:10:"~*~message";s:3:"e` + "\n" + `e";s:17:"~Exception~string";s:0:"";s:7:"~*~code";i:1;s:7:"~*~file";s:6:"/f.php";s:7:"~*~line";i:7;s:16:"~Exception~trace";a:0:{}s:19:"~Exception~previous";N;s:11:"~*~severity";i:2;}}`

const soapFault = `O:9:"SoapFault":14:{s:10:"~*~message";s:2:"b2";s:17:"~Exception~string";s:0:"";s:7:"~*~code";i:0;s:7:"~*~file";s:11:"/t/soap.php";s:7:"~*~line";i:4;s:16:"~Exception~trace";a:0:{}s:19:"~Exception~previous";N;s:11:"faultstring";s:2:"b2";` +
	`s:9:"faultcode";s:6:"Client";s:11:"faultcodens";s:41:"http://schemas.xmlsoap.org/soap/envelope/";s:10:"faultactor";s:5:"actor";s:6:"detail";O:8:"stdClass":1:{s:1:"a";i:1;}s:5:"_name";N;s:11:"headerfault";N;}`

const insideObject = `O:8:"stdClass":9:{s:1:"d";O:8:"DateTime":3:{s:4:"date";s:26:"2020-01-01 00:00:00.000000";s:13:"timezone_type";i:3;s:8:"timezone";s:3:"UTC";}s:1:"o";O:8:"stdClass":0:{}s:3:"inf";d:INF;s:3:"nan";d:NAN;s:1:"a";a:0:{}s:1:"f";d:1;` +
	`s:1:"l";O:8:"stdClass":2:{s:1:"0";s:1:"a";s:1:"1";s:1:"b";}s:1:"m";O:8:"stdClass":2:{s:1:"1";s:1:"a";s:1:"0";s:1:"b";}s:3:"big";d:1.0E+25;}`

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
	return strings.Repeat(`O:8:"stdClass":1:{s:1:"n";`, n) + `i:1;` + strings.Repeat(`}`, n)
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
		{"empty context", "hi", "a:0:{}", "hi [] []", `{"message":"hi","context":{},`},
		{"line breaks", "a\nb\r\nc\rd", "", "a b c d [] []", `{"message":"a\nb\r\nc\rd","context":{},`},
		{"not UTF-8", "m\xff", "", "m\xff [] []", `{"message":"m` + "\uFFFD" + `","context":{},`},
		{"brace placeholder", "{k} was", in(`s:5:"App\X";`), `{k} was {"k":"App\\X"} []`, `{"message":"{k} was","context":{"k":"App\\X"},`},
		{"percent placeholder", "100% %context.foo% %extra.x%", in(`s:3:"bar";`), `100%   {"k":"bar"} []`, `{"message":"100% %context.foo% %extra.x%","context":{"k":"bar"},`},
		{"other placeholders", "at %level_name% in %channel%", "", "at INFO in messenger [] []", `{"message":"at %level_name% in %channel%","context":{},`},
		{"the message in the message", "%message%", in(`s:9:"%message%";`), `%message% {"k":"%message%"} []`, `{"message":"%message%","context":{"k":"%message%"},`},
		{"the context in the message", "is %context%", in(`i:1;`), `is {"k":1} {"k":1} []`, `{"message":"is %context%","context":{"k":1},`},
		{"a leftover over the border of values", "%context.", in(`s:4:"100%";`), "\"} []", `{"message":"%context.","context":{"k":"100%"},`},
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
