package gate

import "reflect"

// total gives every field of in the empty value that the contract promises: no
// list and no object is nil, or Rego would see null where a rule asks for a
// list. It replaces nil only and changes nothing that in shares with others.
func total(in *Input) {
	if in.Version == 0 {
		in.Version = InputVersion
	}
	if in.Operation == "" {
		in.Operation = OperationCreateServer
	}
	fillNil(reflect.ValueOf(in).Elem())
}

func fillNil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillNil(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	}
}
