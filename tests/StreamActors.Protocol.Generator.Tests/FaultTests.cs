namespace StreamActors.Protocol.Generator.Tests;

/// <summary>A faulty schema is reported where the fault is, and nothing is generated from it.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("SA0001", 1, "begins with", "schema 1 Fetch")]
    [InlineData("SA0001", 1, "is not expected here", "message M  versions 0  often")]
    [InlineData("SA0001", 1, "the API's number", "api Fetch  versions 0")]
    [InlineData("SA0001", 3, "section 'response'", "api 1 A  versions 0\nrequest\n  X  int8")]
    [InlineData("SA0001", 2, "has no type", "message M  versions 0\n  X")]
    [InlineData("SA0001", 2, "says nothing about a field", "message M  versions 0\n  X  int8  sometimes")]
    [InlineData("SA0001", 2, "quote is not closed", "message M  versions 0\n  X  string  = \"a")]
    [InlineData("SA0001", 1, "says 'of' which log", "record 1 R\nkey  versions 0\nvalue  versions 0")]
    [InlineData("SA0001", 4, "Nothing is expected here any more", "message M  versions 0\n  X  int8\n\nrequest")]
    [InlineData("SA0001", 2, "Only a string can be classic", "message M  versions 0\n  X  int8  classic")]
    [InlineData("SA0002", 3, "deeper than its neighbours", "message M  versions 0\n  X  int8\n    Y  int8")]
    [InlineData("SA0002", 3, "fits no line above", "message M  versions 0\n    X  int8\n  Y  int8")]
    [InlineData("SA0002", 2, "A tab", "message M  versions 0\n\tX  int8")]
    [InlineData("SA0003", 3, "'int9' is neither", "message M  versions 0\n  X  int8\n  Y  int9")]
    [InlineData("SA0003", 2, "no lists of records", "message M  versions 0\n  X  []records")]
    [InlineData("SA0004", 1, "'versions' is missing", "message M")]
    [InlineData("SA0004", 1, "have an end", "message M  versions 0+")]
    [InlineData("SA0004", 1, "Expected versions", "message M  versions x")]
    [InlineData("SA0004", 1, "write it as 2+", "message M  versions 0-3  flexible 2-3")]
    [InlineData("SA0004", 1, "is flexible from version 4 on", "message M  versions 0-3  flexible 4+")]
    [InlineData("SA0004", 2, "but its parent only in 0-3", "message M  versions 0-3\n  X  int8  4+")]
    [InlineData("SA0004", 2, "but the message only in 0-3", "message M  versions 0-3\n  X  int8  2-5")]
    [InlineData("SA0004", 3, "but its parent only in 2-3", "message M  versions 0-3\n  X  []S  2+\n    Y  int8  0-1")]
    [InlineData("SA0004", 2, "nullable in 2-3, but exists in 0-1", "message M  versions 0-3\n  X  string  0-1  nullable 2-3")]
    [InlineData("SA0004", 2, "but 'S' only in 2+", "message M  versions 0-3\n  X  S\n\n  struct S  2+\n    Y  int8")]
    [InlineData("SA0005", 3, "two fields 'X'", "message M  versions 0\n  X  int8\n  X  int16")]
    [InlineData("SA0005", 4, "two structs 'S'", "message M  versions 0\n  X  []S\n    Y  int8\n  Z  []S\n    Y  int8")]
    [InlineData("SA0005", 2, "letters and digits", "message M  versions 0\n  X-Y  int8")]
    [InlineData("SA0006", 3, "given twice", "message M  versions 0  flexible 0+\n  X  int8  tag 0\n  Y  int8  tag 0")]
    [InlineData("SA0006", 2, "not flexible", "message M  versions 0-3  flexible 2+\n  X  int8  tag 0")]
    [InlineData("SA0006", 2, "without a 'tag'", "message M  versions 0  flexible 0+\n  X  int8  tagged 0+")]
    [InlineData("SA0006", 2, "has to end with", "message M  versions 0-3  flexible 0+\n  X  int8  tag 0  tagged 1-2")]
    [InlineData("SA0007", 2, "'300' is no int8", "message M  versions 0\n  X  int8  = 300")]
    [InlineData("SA0007", 2, "is no string", "message M  versions 0\n  X  string  = a")]
    [InlineData("SA0007", 2, "is no []int8", "message M  versions 0\n  X  []int8  = 1")]
    [InlineData("SA0008", 2, "cannot be null", "message M  versions 0\n  X  int32?")]
    [InlineData("SA0008", 2, "can never be null", "message M  versions 0\n  X  string  = null")]
    [InlineData("SA0008", 2, "Either ? or 'nullable'", "message M  versions 0\n  X  string?  nullable 0+")]
    [InlineData("SA0009", 4, "No field is a 'S'", "message M  versions 0\n  X  int8\n\n  struct S\n    Y  int8")]
    [InlineData("SA0009", 4, "has no fields", "message M  versions 0\n  X  S\n\n  struct S")]
    [InlineData("SA0009", 4, "contains itself", "message M  versions 0\n  X  S\n\n  struct S\n    Y  []S")]
    [InlineData("SA0009", 2, "name the struct otherwise", "message M  versions 0\n  S  []S\n    Y  int8")]
    [InlineData("SA0009", 3, "cannot be named as its struct", "message M  versions 0\n  X  []S\n    S  int8")]
    [InlineData("SA0010", 2, "has no field 'Z'", "message M  versions 0\n  X  []S  by Z\n    Y  int8")]
    [InlineData("SA0010", 2, "Only a list of structs", "message M  versions 0\n  X  []int8  by Z")]
    public void A_fault_is_reported_at_its_line(string id, int line, string message, string schema)
    {
        var diagnostics = GeneratorRun.Diagnostics(new SchemaText("/schemas/M.api", schema));
        var found = Assert.Single(diagnostics, diagnostic => diagnostic.Id == id && diagnostic.GetMessage().Contains(message, StringComparison.Ordinal));
        Assert.Equal("/schemas/M.api", found.Location.GetLineSpan().Path);
        Assert.Equal(line, found.Location.GetLineSpan().StartLinePosition.Line + 1);
    }

    [Fact]
    public void An_empty_file_is_a_fault() =>
        Assert.Equal("SA0001", Assert.Single(GeneratorRun.Diagnostics(new SchemaText("/M.api", "# nothing\n"))).Id);

    [Fact]
    public void A_number_that_is_taken_is_reported_in_the_second_file()
    {
        const string body = "\nrequest\n  X  int8\nresponse\n  X  int8\n";
        var diagnostics = GeneratorRun.Diagnostics(new SchemaText("/A.api", "api 7 A  versions 0" + body), new SchemaText("/B.api", "# twin\napi 7 B  versions 0" + body));
        var found = Assert.Single(diagnostics);
        Assert.Equal(("SA0011", "/B.api", 1), (found.Id, found.Location.GetLineSpan().Path, found.Location.GetLineSpan().StartLinePosition.Line));
    }

    [Fact]
    public void The_column_is_that_of_the_word()
    {
        var found = Assert.Single(GeneratorRun.Diagnostics(new SchemaText("/M.api", "message M  versions 0\n  Name  strong")));
        Assert.Equal(8, found.Location.GetLineSpan().StartLinePosition.Character);
        Assert.Equal(14, found.Location.GetLineSpan().EndLinePosition.Character);
    }

    [Fact]
    public void Nothing_is_generated_from_a_faulty_schema_but_from_its_neighbour()
    {
        var run = GeneratorRun.Driver(new SchemaText("/A.api", "message A  versions 0\n  X  int9"), new SchemaText("/B.api", "message B  versions 0\n  X  int8"))
            .RunGenerators(GeneratorRun.Compilation()).GetRunResult();
        Assert.Equal(["B.g.cs", "Tables.g.cs"], run.Results[0].GeneratedSources.Select(source => source.HintName).Order(StringComparer.Ordinal));
    }
}
