using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace StreamActors.Protocol.Generator.Tests;

/// <summary>What did not change is not generated again.</summary>
public sealed class IncrementalityTests
{
    private static readonly SchemaText First = new("/A.api", "message A  versions 0\n  X  int8");
    private static readonly SchemaText Second = new("/B.api", "message B  versions 0\n  X  int8");

    [Fact]
    public void A_change_of_the_code_runs_nothing_again()
    {
        var compilation = GeneratorRun.Compilation("class C;");
        var driver = GeneratorRun.Driver(First, Second).RunGenerators(compilation);
        var steps = Steps(driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class D;"))));
        Assert.Equal(2, steps[ProtocolGenerator.FileStep].Length);
        Assert.All(steps.Values.SelectMany(reasons => reasons), AssertNotRun);
    }

    [Fact]
    public void A_change_of_one_schema_translates_that_one_only()
    {
        var compilation = GeneratorRun.Compilation();
        var driver = GeneratorRun.Driver(First, Second).RunGenerators(compilation);
        var changed = new SchemaText("/B.api", "message B  versions 0\n  X  int16");
        var steps = Steps(driver.ReplaceAdditionalText(Second, changed).RunGenerators(compilation));
        Assert.Equal([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached], steps[ProtocolGenerator.FileStep].Order());
        Assert.All(steps[ProtocolGenerator.TablesStep], AssertNotRun);
    }

    [Fact]
    public void A_change_of_a_comment_changes_nothing_that_is_generated()
    {
        var compilation = GeneratorRun.Compilation();
        var driver = GeneratorRun.Driver(First, Second).RunGenerators(compilation);
        var changed = new SchemaText("/B.api", "message B  versions 0\n  X  int8  # eight bits");
        var run = driver.ReplaceAdditionalText(Second, changed).RunGenerators(compilation);
        Assert.Equal([IncrementalStepRunReason.Unchanged, IncrementalStepRunReason.Cached], Steps(run)[ProtocolGenerator.FileStep].Order());
        Assert.All(run.GetRunResult().Results[0].TrackedOutputSteps.Values.SelectMany(step => step).SelectMany(step => step.Outputs).Select(output => output.Reason), AssertNotRun);
    }

    private static Dictionary<string, IncrementalStepRunReason[]> Steps(GeneratorDriver driver) =>
        driver.GetRunResult().Results[0].TrackedSteps
            .Where(step => step.Key is ProtocolGenerator.FileStep or ProtocolGenerator.TablesStep)
            .ToDictionary(step => step.Key, step => step.Value.SelectMany(run => run.Outputs).Select(output => output.Reason).ToArray(), StringComparer.Ordinal);

    private static void AssertNotRun(IncrementalStepRunReason reason) =>
        Assert.True(reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, reason.ToString());
}
