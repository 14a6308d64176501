using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using StreamActors.Protocol.Generator.Emit;
using StreamActors.Protocol.Generator.Schema;

namespace StreamActors.Protocol.Generator;

/// <summary>Turns each <c>.api</c> file into message classes, and all of them into tables.</summary>
[Generator(LanguageNames.CSharp)]
public sealed class ProtocolGenerator : IIncrementalGenerator
{
    /// <summary>Names of the steps, for the tests that count how often they run.</summary>
    internal const string FileStep = "SchemaFile";
    internal const string TablesStep = "SchemaTables";

    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider
            .Where(text => text.Path.EndsWith(".api", System.StringComparison.Ordinal))
            .Select(Translate)
            .WithTrackingName(FileStep);
        context.RegisterSourceOutput(files, AddFile);

        var summaries = files
            .Where(file => file.Summary is not null)
            .Select((file, _) => file.Summary!)
            .Collect()
            .Select((all, _) => new EquatableList<SchemaSummary>(all))
            .WithTrackingName(TablesStep);
        context.RegisterSourceOutput(summaries, AddTables);
    }

    private static TranslatedFile Translate(AdditionalText text, CancellationToken cancellation)
    {
        var faults = new List<SchemaFault>();
        var schema = SchemaParser.Parse(text.GetText(cancellation)?.ToString() ?? "", faults);
        return new TranslatedFile(
            text.Path,
            schema is null ? "" : MessageEmitter.Emit(schema),
            schema is null ? null : SchemaSummary.Of(text.Path, schema),
            new EquatableList<SchemaFault>(faults));
    }

    private static void AddFile(SourceProductionContext context, TranslatedFile file)
    {
        foreach (var fault in file.Faults) context.ReportDiagnostic(SchemaDiagnostics.Of(file.Path, fault));
        if (file.Summary is { } schema) context.AddSource($"{schema.Log}{(schema.Log.Length > 0 ? "." : "")}{schema.Name}.g.cs", SourceText.From(file.Source, Encoding.UTF8));
    }

    private static void AddTables(SourceProductionContext context, EquatableList<SchemaSummary> schemas)
    {
        var good = new List<SchemaSummary>();
        foreach (var group in schemas.GroupBy(schema => (schema.IsApi, schema.Log, Number: schema.Number < 0 ? schema.Name : schema.Number.ToString())))
        {
            good.Add(group.First());
            foreach (var twin in group.Skip(1))
            {
                var fault = new SchemaFault(FaultKind.Taken, $"The number {twin.Number} belongs to '{group.First().Name}' already", twin.Place);
                context.ReportDiagnostic(SchemaDiagnostics.Of(twin.Path, fault));
            }
        }

        context.AddSource("Tables.g.cs", SourceText.From(TablesEmitter.Emit(good), Encoding.UTF8));
    }

    private sealed record TranslatedFile(string Path, string Source, SchemaSummary? Summary, EquatableList<SchemaFault> Faults);
}
