package phpserialize_test

import (
	"fmt"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
)

// What serialize() wrote becomes Go values.
func ExampleParser_Parse() {
	p, err := phpserialize.NewParser(phpserialize.Limits{})
	if err != nil {
		panic(err)
	}
	tree := phpvalue.Tree{Text: []byte(`a:3:{s:4:"user";s:3:"ada";s:3:"ids";a:2:{i:0;i:5;i:1;i:8;}s:5:"price";O:9:"App\Money":1:{s:5:"cents";i:1299;}}`)}
	if err := p.Parse(&tree); err != nil {
		panic(err)
	}
	value := tree.Root().Go().(map[string]any)
	fmt.Println(value["user"], value["ids"], value["price"].(*phpvalue.GoObject).Properties)
	// Output: ada [5 8] map[cents:1299]
}

// Without a copy, the tree is read in place: in the order of the wire, with the names as PHP mangles them.
func ExampleParser_Parse_tree() {
	p, err := phpserialize.NewParser(phpserialize.Limits{})
	if err != nil {
		panic(err)
	}
	tree := phpvalue.Tree{Text: []byte("O:5:\"Order\":2:{s:2:\"id\";i:5;s:12:\"\x00Order\x00total\";d:12.5;}")}
	if err := p.Parse(&tree); err != nil {
		panic(err)
	}
	order := tree.Root()
	for it := order.Children(); it.Next(); {
		name, scope := phpvalue.SplitProperty(it.Value().TextKey())
		fmt.Printf("%s of %q\n", name, scope)
	}
	fmt.Println(order.Property("total").Float())
	// Output:
	// id of ""
	// total of "Order"
	// 12.5
}

// A Builder makes a value, and an Encoder writes it as serialize() would.
func ExampleBuilder() {
	var tree phpvalue.Tree
	b := phpserialize.NewBuilder(&tree)
	b.OpenObject(`App\Money`)
	b.Name("cents")
	b.Int(1299)
	b.Property(`App\Money`, "currency")
	b.String([]byte("EUR"))
	b.Close()
	if err := b.Finish(); err != nil {
		panic(err)
	}
	var e phpserialize.Encoder
	serialized, err := e.Append(nil, &tree)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%q\n", serialized)
	// Output: "O:9:\"App\\Money\":2:{s:5:\"cents\";i:1299;s:19:\"\x00App\\Money\x00currency\";s:3:\"EUR\";}"
}
