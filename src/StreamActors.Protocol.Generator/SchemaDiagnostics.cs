using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Generator;

/// <summary>The diagnostics SA0001 to SA0011, one for each kind of fault.</summary>
internal static class SchemaDiagnostics
{
    private static readonly DiagnosticDescriptor Syntax = Rule("SA0001", "The line is not one that the schema language knows");
    private static readonly DiagnosticDescriptor Indentation = Rule("SA0002", "The indentation fits no line above");
    private static readonly DiagnosticDescriptor UnknownType = Rule("SA0003", "The type does not exist");
    private static readonly DiagnosticDescriptor Versions = Rule("SA0004", "The versions are wrong");
    private static readonly DiagnosticDescriptor Name = Rule("SA0005", "The name is taken, or cannot be a name");
    private static readonly DiagnosticDescriptor Tag = Rule("SA0006", "The tag is wrong");
    private static readonly DiagnosticDescriptor Default = Rule("SA0007", "The default does not fit the type");
    private static readonly DiagnosticDescriptor Null = Rule("SA0008", "Null is not possible here");
    private static readonly DiagnosticDescriptor Struct = Rule("SA0009", "The struct is wrong");
    private static readonly DiagnosticDescriptor Key = Rule("SA0010", "The key is no field of the element");
    private static readonly DiagnosticDescriptor Taken = Rule("SA0011", "The number is taken by another schema");

    public static Diagnostic Of(string path, SchemaFault fault)
    {
        var place = fault.Place;
        var line = new LinePositionSpan(new LinePosition(place.Line, place.Column), new LinePosition(place.Line, place.Column + place.Length));
        return Diagnostic.Create(Descriptor(fault.Kind), Location.Create(path, new TextSpan(place.Offset, place.Length), line), fault.Message);
    }

    private static DiagnosticDescriptor Descriptor(FaultKind kind) => kind switch
    {
        FaultKind.Syntax => Syntax,
        FaultKind.Indentation => Indentation,
        FaultKind.UnknownType => UnknownType,
        FaultKind.Versions => Versions,
        FaultKind.Name => Name,
        FaultKind.Tag => Tag,
        FaultKind.Default => Default,
        FaultKind.Null => Null,
        FaultKind.Struct => Struct,
        FaultKind.Key => Key,
        _ => Taken,
    };

    private static DiagnosticDescriptor Rule(string id, string title) =>
        new(id, title, "{0}", "Schema", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
