using System.Globalization;
using System.Linq;
using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Generator.Emit;

/// <summary>What a field becomes in C#: its types, names, defaults and sizes.</summary>
internal sealed class FieldCode
{
    private readonly FieldSchema schema;
    private readonly Primitive? primitive;

    public FieldCode(FieldSchema schema)
    {
        this.schema = schema;
        primitive = Primitive.Find(schema.TypeName);
        ElementType = primitive?.CSharp ?? schema.TypeName;
    }

    public string Name => schema.Name;

    public string ElementType { get; }

    public bool CanBeNull => schema.Nullable is not null;

    /// <summary>Lists and structs that are never null come into being when somebody asks for them.</summary>
    public bool IsLazy => schema.IsList || (schema.Struct is not null && !CanBeNull);

    /// <summary>The private field behind a lazy property, else the property.</summary>
    public string Storage => IsLazy ? "_" + schema.Name : schema.Name;

    public string NullFlag => $"_{schema.Name}IsNull";

    public bool HasNullFlag => schema.IsList && CanBeNull;

    public void Declare(CodeWriter code)
    {
        var type = schema.IsList ? $"List<{ElementType}>" : ElementType;
        if (!IsLazy)
        {
            code.Line($"public {type}{(CanBeNull && schema.TypeName != "records" ? "?" : "")} {schema.Name} {{ get; set; }}{Initializer()}");
            return;
        }

        code.Line($"private {type}? {Storage};");
        if (!HasNullFlag)
        {
            code.Line($"public {type} {schema.Name} {{ get => {Storage} ??= new(); set => {Storage} = value; }}");
            return;
        }

        code.Line($"private bool {NullFlag}{(schema.DefaultsToNull ? " = true" : "")};");
        code.Line($"public {type}? {schema.Name} {{ get => {NullFlag} ? null : {Storage} ??= new(); set {{ {Storage} = value; {NullFlag} = value is null; }} }}");
    }

    private string Initializer()
    {
        if (schema.Struct is not null) return schema.DefaultsToNull ? "" : " = new();";
        switch (schema.TypeName)
        {
            case "string":
                return schema.DefaultsToNull ? "" : $" = {Quote(schema.Default ?? "")};";
            case "records":
                return CanBeNull ? "" : " = global::StreamActors.Protocol.Wire.RecordsData.Empty;";
            case "bytes":
                return CanBeNull && !schema.DefaultsToNull ? " = global::System.ReadOnlyMemory<byte>.Empty;" : "";
            default:
                return schema.Default is { } text && !schema.DefaultsToNull ? $" = {Literal(text)};" : "";
        }
    }

    private string Literal(string text) => schema.TypeName == "float64" ? text + "d" : text;

    private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    /// <summary>An expression: the value is not the default.</summary>
    public string IsSet()
    {
        if (schema.IsList)
        {
            if (!HasNullFlag) return $"{Storage} is {{ Count: > 0 }}";
            return schema.DefaultsToNull ? $"!{NullFlag}" : $"({NullFlag} || {Storage} is {{ Count: > 0 }})";
        }

        if (schema.Struct is not null) return CanBeNull ? schema.DefaultsToNull ? $"{Name} is not null" : $"{Name} is not {{ IsDefault: true }}" : $"{Storage} is {{ IsDefault: false }}";
        if (schema.DefaultsToNull && schema.TypeName != "records") return $"{Name} is not null";
        return schema.TypeName switch
        {
            "bool" => schema.Default == "true" ? $"!{Name}" : Name,
            "string" => $"{Name} != {Quote(schema.Default ?? "")}",
            "bytes" => CanBeNull ? $"{Name} is not {{ Length: 0 }}" : $"!{Name}.IsEmpty",
            "records" => CanBeNull ? $"!{Name}.IsNull" : $"{Name}.Length != 0",
            "uuid" => $"{Name} != default",
            _ => $"{Name} != {(schema.Default is { } text ? Literal(text) : "0")}",
        };
    }

    /// <summary>The fewest bytes that the field takes where its lengths are compact (or, if they never are, classic).</summary>
    public static int MinimalSize(FieldSchema schema, bool compact)
    {
        if (schema.IsList) return compact ? 1 : 4;
        if (schema.Struct is not null) return schema.Nullable is not null ? 1 : MinimalSize(schema.Struct, compact, tags: false);
        var primitive = Primitive.Find(schema.TypeName)!;
        if (primitive.Size > 0) return primitive.Size;
        if (compact && !schema.Classic) return 1;
        return schema.TypeName == "string" ? 2 : 4;
    }

    public static int MinimalSize(StructSchema owner, bool compact, bool tags)
    {
        var always = owner.Fields.Where(field => field.Versions == owner.Versions && field.Tagged is null);
        return always.Sum(field => MinimalSize(field, compact)) + (tags ? 1 : 0);
    }

    /// <summary>About how many bytes of heap an instance takes, without what its lists and strings hold.</summary>
    public static int HeapSize(StructSchema owner) => 24 + owner.Fields.Sum(HeapSize);

    private static int HeapSize(FieldSchema schema)
    {
        if (schema.IsList) return schema.Nullable is null ? 8 : 9;
        return schema.Struct is null ? Primitive.Find(schema.TypeName)!.Heap : 8 + HeapSize(schema.Struct);
    }

    /// <summary>The heap bytes of an element; a list that grows as its elements come has room for twice as many as it holds.</summary>
    public int ElementHeapSize
    {
        get
        {
            if (schema.Struct is not null) return 16 + HeapSize(schema.Struct);
            return primitive!.Size > 0 ? primitive.Heap : 2 * primitive.Heap;
        }
    }

    public string ElementMethod => primitive?.Method ?? "";

    public static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
