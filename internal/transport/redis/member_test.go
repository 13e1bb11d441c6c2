package redis

import (
	"testing"

	"envelog/decoder/phpredis"
)

type memberCase struct {
	name   string
	member string
	want   string // without phpredis' serialization
}

func memberCases() []memberCase {
	return []memberCase{
		{"as PHP writes it", delayedMember, `{"body":"O:8:\"stdClass\":0:{} \/ \u00e9","headers":[]}`},
		{"with headers", `{"body":"{}","headers":{"type":"App\\Log","Content-Type":"application\/json"},"uniqid":"x"}`, `{"body":"{}","headers":{"type":"App\\Log","Content-Type":"application\/json"}}`},
		{"other spelling", " {\"uniqid\": \"x\", \"headers\" : { \"a\\/b\" : \"\u00e9\U0001F600\" }, \"body\" : \"a/b\\u0041\\u000b\u2028<>&'\x7f\" }\n", `{"body":"a\/bA\u000b\u2028<>&'` + "\x7f" + `","headers":{"a\/b":"\u00e9\ud83d\ude00"}}`},
		{"short escapes", `{"body":"\u0008\u000c\n\r\t\u0000\u001f","headers":{}}`, `{"body":"\b\f\n\r\t\u0000\u001f","headers":[]}`},
		{"headers null", `{"body":"b","headers":null}`, `{"body":"b","headers":[]}`},
		{"headers absent", `{"body":"b"}`, `{"body":"b","headers":[]}`},
		{"headers a list", `{"body":"b","headers":["x",{"k":[]}]}`, `{"body":"b","headers":["x",{"k":[]}]}`},
		{"headers counting from 0", `{"body":"b","headers":{"0":"x","1":{}}}`, `{"body":"b","headers":["x",[]]}`},
		{"headers twice", `{"body":"b","headers":{"a":1,"b":2,"a":true}}`, `{"body":"b","headers":{"a":true,"b":2}}`},
		{"an old release's", string(phpredis.PHP.Wrap([]byte(`{"body":"old","headers":[],"uniqid":"6b03fd43"}`))), `{"body":"old","headers":[]}`},
		{"no body", `{"type":"x","headers":{"a":"b"}}`, `{"body":"{\"type\":\"x\",\"headers\":{\"a\":\"b\"}}","headers":{"a":"b"}}`},
		{"neither", `{"x":1}`, `{"body":"{\"x\":1}","headers":[]}`},
		{"not JSON", `garbage`, `{"body":"garbage","headers":[]}`},
		{"a number", `17`, `{"body":"17","headers":[]}`},
		{"null", `null`, `{"body":"null","headers":[]}`},
		{"empty", ``, `{"body":"","headers":[]}`},
		{"bytes behind", `{"body":"b","headers":[]}x`, `{"body":"{\"body\":\"b\",\"headers\":[]}x","headers":[]}`},
		{"body a number", `{"body":1,"headers":[]}`, `{"body":"{\"body\":1,\"headers\":[]}","headers":[]}`},
		{"body null", `{"body":null,"headers":[]}`, `{"body":"{\"body\":null,\"headers\":[]}","headers":[]}`},
		{"headers a string", `{"body":"b","headers":"x"}`, `{"body":"{\"body\":\"b\",\"headers\":\"x\"}","headers":[]}`},
		{"lone surrogate", `{"body":"\ud800","headers":[]}`, `{"body":"{\"body\":\"\\ud800\",\"headers\":[]}","headers":[]}`},
		{"not UTF-8", "\xff\x00", `{"body":"\/wA=","headers":[]}`},
		{"a length that lies", `s:99:"x";`, `{"body":"s:99:\"x\";","headers":[]}`},
	}
}

func TestStreamValue(t *testing.T) {
	for _, tt := range memberCases() {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(streamValue([]byte(tt.member), phpredis.None)); got != tt.want {
				t.Fatalf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// FuzzStreamValue checks that a member's value is moved to itself when it is delayed again: nothing is lost on the way.
func FuzzStreamValue(f *testing.F) {
	for _, c := range memberCases() {
		f.Add([]byte(c.member))
	}
	f.Fuzz(func(t *testing.T, member []byte) {
		once := streamValue(member, phpredis.None)
		if twice := streamValue(once, phpredis.None); string(once) != string(twice) {
			t.Fatalf("%q becomes %q, then %q", member, once, twice)
		}
	})
}
