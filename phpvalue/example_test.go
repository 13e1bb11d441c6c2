package phpvalue_test

import (
	"fmt"

	"envelog/decoder/phpserialize"
	"envelog/phpvalue"
)

// order is what serialize() makes of an order with a public id, a protected total and two lines.
func order() phpvalue.Value {
	var tree phpvalue.Tree
	b := phpserialize.NewBuilder(&tree)
	b.OpenObject(`App\Order`)
	b.Name("id")
	b.Int(4711)
	b.Property("*", "total")
	b.Float(12.5)
	b.Name("lines")
	b.OpenArray()
	for i, sku := range []string{"A-1", "B-2"} {
		b.Index(int64(i))
		b.String([]byte(sku))
	}
	b.Close()
	b.Close()
	if err := b.Finish(); err != nil {
		panic(err)
	}
	return tree.Root()
}

// One property is read where it stands; nothing is copied. A value that is not there is Invalid and has no children.
func ExampleValue_Property() {
	v := order()
	fmt.Println(string(v.Text()), v.Property("id").Int(), v.Property("total").Float())
	fmt.Println(v.Property("customer").Exists(), v.Property("customer").Property("name").Kind() == phpvalue.Invalid)
	// Output:
	// App\Order 4711 12.5
	// false true
}

// Children walks over elements and properties in the order in which PHP has them.
func ExampleValue_Children() {
	for it := order().Children(); it.Next(); {
		name, scope := phpvalue.SplitProperty(it.Value().TextKey())
		fmt.Printf("%s %q: %d elements\n", name, scope, it.Value().Len())
	}
	// Output:
	// id "": 0 elements
	// total "*": 0 elements
	// lines "": 2 elements
}

// Go copies a value, with all that is in it, into maps, slices and strings.
func ExampleValue_Go() {
	object := order().Go().(*phpvalue.GoObject)
	fmt.Println(object.Class, object.Properties)
	// Output: App\Order map[id:4711 lines:[A-1 B-2] total:12.5]
}
