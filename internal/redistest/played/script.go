package played

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

func (s *Server) eval(args []string) any {
	sum := sha1.Sum([]byte(args[0]))
	s.scripts[hex.EncodeToString(sum[:])] = args[0]
	return s.runScript(args[0], args[1:])
}

func (s *Server) evalsha(args []string) any {
	text, ok := s.scripts[args[0]]
	if !ok {
		return errors.New("NOSCRIPT No matching script. Please use EVAL.") //nolint:revive,staticcheck // Redis's own words
	}
	return s.runScript(text, args[1:])
}

// runScript runs a script; args are the number of keys, the keys and the arguments.
func (s *Server) runScript(text string, args []string) any {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return errors.New("ERR value is not an integer or out of range")
	}
	state := states.Get().(*lua.LState)
	defer states.Put(state)
	defer state.SetTop(0)
	state.SetGlobal("KEYS", listOf(state, args[1:1+n]))
	state.SetGlobal("ARGV", listOf(state, args[1+n:]))
	redis := state.NewTable()
	state.SetField(redis, "call", state.NewFunction(s.callFromScript))
	state.SetGlobal("redis", redis)
	program, err := compiled(text)
	if err != nil {
		return scriptError(err)
	}
	state.Push(state.NewFunctionFromProto(program))
	if err := state.PCall(0, lua.MultRet, nil); err != nil {
		return scriptError(err)
	}
	if state.GetTop() == 0 {
		return nil
	}
	return fromLua(state.Get(-1))
}

// callFromScript is redis.call.
func (s *Server) callFromScript(l *lua.LState) int {
	command := make([]string, l.GetTop())
	for i := range command {
		command[i] = l.Get(i + 1).String()
	}
	reply := s.call(command)
	if failure, failed := reply.(error); failed {
		l.RaiseError("%s", failure)
	}
	l.Push(toLua(l, reply))
	return 1
}

// states are interpreters that no script runs in. What a script leaves there, its globals, the transport's scripts do not use.
var states = sync.Pool{New: func() any {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	for name, open := range map[string]lua.LGFunction{"": lua.OpenBase, lua.StringLibName: lua.OpenString, lua.TabLibName: lua.OpenTable} {
		state.Push(state.NewFunction(open))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	return state
}}

// programs are scripts that were compiled, by their texts.
var programs sync.Map

func compiled(text string) (*lua.FunctionProto, error) {
	if known, ok := programs.Load(text); ok {
		return known.(*lua.FunctionProto), nil
	}
	chunk, err := parse.Parse(strings.NewReader(text), "script")
	if err != nil {
		return nil, err
	}
	program, err := lua.Compile(chunk, "script")
	if err == nil {
		programs.Store(text, program)
	}
	return program, err
}

// scriptError is the error of the command in a script, or of the script.
func scriptError(err error) error {
	text := err.Error()
	for _, code := range []string{"WRONGTYPE", "NOGROUP", "OOM", "ERR", "BUSYGROUP"} {
		if at := strings.Index(text, code+" "); at >= 0 {
			line, _, _ := strings.Cut(text[at:], "\n")
			return errors.New(line)
		}
	}
	return fmt.Errorf("ERR %q", text)
}

func listOf(l *lua.LState, items []string) *lua.LTable {
	t := l.NewTable()
	for _, item := range items {
		t.Append(lua.LString(item))
	}
	return t
}

func toLua(l *lua.LState, reply any) lua.LValue {
	switch v := reply.(type) {
	case int:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	case status:
		t := l.NewTable()
		l.SetField(t, "ok", lua.LString(v))
		return t
	case []any:
		t := l.NewTable()
		for _, item := range v {
			t.Append(toLua(l, item))
		}
		return t
	}
	return lua.LFalse
}

func fromLua(value lua.LValue) any {
	switch v := value.(type) {
	case lua.LNumber:
		return int(v)
	case lua.LString:
		return string(v)
	case *lua.LTable:
		list := []any{}
		for i := 1; i <= v.Len(); i++ {
			list = append(list, fromLua(v.RawGetInt(i)))
		}
		return list
	case lua.LBool:
		if v {
			return 1
		}
	}
	return nil
}
