using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Generator.Tests;

/// <summary>The generated code compiles without a warning and does what the schema says.</summary>
public sealed class GeneratedCodeTests
{
    private const string Schema = """
        message Sample   versions 0-5   flexible 3+

          Id      int32
          Name    string      1-4
          Note    string      2+  nullable 3+  = "none"
          Moved   int32       1+  tag 0  tagged 3+  = 7   # a plain field before version 3
          Extra   Extra2?     4+  tag 1  = null
            Score  float64
          Items   []Item?     = null  by Key
            Key    string
            Value  bytes?     = null
          Shared  Point       5+

          struct Point
            X  int16
            Y  int16
        """;

    private static readonly Assembly Compiled = Compile();

    [Theory]
    [InlineData(0, "0000002A FFFFFFFF")]
    [InlineData(1, "0000002A 0001 6E 00000007 FFFFFFFF")]
    [InlineData(2, "0000002A 0001 6E 0004 6E6F6E65 00000007 FFFFFFFF")]
    [InlineData(3, "0000002A 02 6E 05 6E6F6E65 00 00")]
    [InlineData(5, "0000002A 05 6E6F6E65 00 00000000 00 00")]
    public void Fields_travel_in_the_versions_that_have_them(short version, string expected)
    {
        dynamic sample = Activator.CreateInstance(Compiled.GetType("StreamActors.Protocol.Messages.Sample")!)!;
        sample.Id = 42;
        if (version is >= 1 and <= 4) sample.Name = "n";
        AssertBytes(sample, version, expected);
    }

    [Fact]
    public void Tagged_fields_travel_when_they_are_set()
    {
        dynamic sample = Activator.CreateInstance(Compiled.GetType("StreamActors.Protocol.Messages.Sample")!)!;
        sample.Moved = 8;
        AssertBytes(sample, 3, "00000000 01 05 6E6F6E65 00 01 00 04 00000008");
        sample.Extra = (dynamic)Activator.CreateInstance(Compiled.GetType("StreamActors.Protocol.Messages.Sample+Extra2")!)!;
        AssertBytes(sample, 4, "00000000 01 05 6E6F6E65 00 02 00 04 00000008 01 0A 01 0000000000000000 00");
        var refused = Assert.Throws<UnsupportedFieldException>(() => WireWriter.ToArray((IApiMessage)sample, 3));
        Assert.Equal("Extra", refused.Field);
    }

    [Fact]
    public void Ranges_that_every_version_satisfies_leave_no_trace()
    {
        var source = Source("message M  versions 2-4  flexible 2+\n  A  int8  2+\n  B  int8  3+\n  C  int8  3+\n  D  int8  2-4");
        Assert.Equal(2, source.Split("if (version >= 3)").Length - 1);
        Assert.DoesNotContain("version >= 2", source, StringComparison.Ordinal);
        Assert.DoesNotContain("version <= 4", source, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_knows_its_number_and_log()
    {
        var tables = Run("record 3 R  of ledger\nkey  versions 0\n  Id  int8\nvalue  versions 0-1  flexible 1+\n  X  int8");
        Assert.Contains("ReadLedgerKey", tables["Tables.g.cs"], StringComparison.Ordinal);
        Assert.Contains("3 => RValue.Read(ref r, version)", tables["Tables.g.cs"], StringComparison.Ordinal);
        Assert.Contains("public const short RecordType = 3;", tables["ledger.R.g.cs"], StringComparison.Ordinal);
    }

    private static void AssertBytes(dynamic message, short version, string expected)
    {
        byte[] bytes = WireWriter.ToArray((IApiMessage)message, version);
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(bytes));
        var read = (ReadSample)((Type)message.GetType()).GetMethod("Read")!.CreateDelegate(typeof(ReadSample));
        var reader = new WireReader(bytes);
        var again = read(ref reader, version);
        reader.ExpectEnd();
        Assert.Equal(bytes, WireWriter.ToArray(again, version));
    }

    private delegate IApiMessage ReadSample(ref WireReader reader, short version);

    private static string Source(string schema) => Run(schema)["M.g.cs"];

    private static Dictionary<string, string> Run(string schema)
    {
        var result = GeneratorRun.Driver(new SchemaText("/M.api", schema)).RunGenerators(GeneratorRun.Compilation()).GetRunResult();
        Assert.Empty(result.Diagnostics);
        return result.Results[0].GeneratedSources.ToDictionary(source => source.HintName, source => source.SourceText.ToString(), StringComparer.Ordinal);
    }

    private static Assembly Compile()
    {
        GeneratorRun.Driver(new SchemaText("/Sample.api", Schema)).RunGeneratorsAndUpdateCompilation(GeneratorRun.Compilation(), out var compilation, out var diagnostics);
        Assert.Empty(diagnostics);
        // The enum of API keys exists twice here, once in the product: that alone may be told.
        Assert.Empty(compilation.GetDiagnostics().Where(found => found.Severity >= DiagnosticSeverity.Warning && found.Id != "CS0436"));
        using var stream = new MemoryStream();
        Assert.True(compilation.Emit(stream).Success);
        stream.Position = 0;
        return new AssemblyLoadContext("generated").LoadFromStream(stream);
    }
}
