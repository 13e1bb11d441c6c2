package serialized

import "testing"

func TestOf(t *testing.T) {
	for notation, want := range map[string]string{
		`N;`: `N;`, `i:-5;`: `i:-5;`, `b:1;`: `b:1;`, `d:0.1;`: `d:0.1;`,
		`s:"";`: `s:0:"";`, `s:"é";`: `s:2:"é";`, `s:"a"b";`: `s:3:"a"b";`, `s:4:"a";b";`: `s:4:"a";b";`, `S:"a";`: `S:1:"a";`,
		`a:{}`: `a:0:{}`, `a:{i:0;a:{s:"k";N;}i:1;r:2;}`: `a:2:{i:0;a:1:{s:1:"k";N;}i:1;r:2;}`, `a:9:{}`: `a:9:{}`,
		`O:"App\A":{s:"x";R:1;}`: `O:5:"App\A":1:{s:1:"x";R:1;}`, `O:1:"A":{}`: `O:1:"A":0:{}`,
		`E:"A:B";`: `E:3:"A:B";`, `C:"A":{a"b}`: `C:1:"A":3:{a"b}`, `C:"A":{a{}b}`: `C:1:"A":4:{a{}b}`, `C:"A":3:{a}b}`: `C:1:"A":3:{a}b}`,
	} {
		if got := Of(notation); got != want {
			t.Errorf("%s: got %s, want %s", notation, got, want)
		}
	}
}

func TestOfRefuses(t *testing.T) {
	for _, notation := range []string{"", "x", "N", "i:5", `s:"a`, `s:9:"a";`, "a:{", "a:{i:0;", `a:{}}`, `O:"A"`, `C:"A":{`, `C:"A":{{}`, "i:1;i:2;"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken", notation)
				}
			}()
			Of(notation)
		}()
	}
}
