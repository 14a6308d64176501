using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace StreamActors.Protocol.Generator.Tests;

/// <summary>Runs the generator over schemas in memory.</summary>
internal static class GeneratorRun
{
    // The product lets its own tests see what generated code uses, so the generated code is compiled under their name.
    private const string AssemblyName = "StreamActors.Protocol.Tests";

    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static CSharpCompilation Compilation(params string[] sources) => CSharpCompilation.Create(
        AssemblyName,
        sources.Select(source => CSharpSyntaxTree.ParseText(source)),
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable, warningLevel: 4));

    public static GeneratorDriver Driver(params AdditionalText[] schemas) => CSharpGeneratorDriver.Create(
        [new ProtocolGenerator().AsSourceGenerator()],
        schemas,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    public static ImmutableArray<Diagnostic> Diagnostics(params AdditionalText[] schemas) =>
        Driver(schemas).RunGenerators(Compilation()).GetRunResult().Diagnostics;
}

/// <summary>A schema file in memory.</summary>
internal sealed class SchemaText(string path, string text) : AdditionalText
{
    public override string Path => path;

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
}
