using StreamActors.Configuration.Hocon;

namespace StreamActors.Tests.Configuration.Hocon;

public sealed class HoconIncludeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamactors-hocon-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("include \"other.conf\"")]
    [InlineData("include \"other\"")]
    [InlineData("include file(\"other.conf\")")]
    [InlineData("include required(\"other.conf\")")]
    [InlineData("include required(file(\"other.conf\"))")]
    [InlineData("include required( file( \"other.conf\" ) )")]
    public void Takes_in_what_the_other_file_says(string include)
    {
        Write("other.conf", "b : 2");
        Assert.Equal("""{"a" : 1, "b" : 2, "c" : 3}""", Read($"a : 1\n{include}\nc : 3"));
    }

    [Fact]
    public void What_comes_later_wins()
    {
        Write("other.conf", "a : 2, b : 2");
        Assert.Equal("""{"a" : 2, "b" : 3}""", Read("a : 1\ninclude \"other.conf\"\nb : 3"));
    }

    [Fact]
    public void Files_are_looked_for_beside_the_one_that_includes_them()
    {
        Write("sub/one.conf", "include \"two.conf\"");
        Write("sub/two.conf", "x : 1");
        Assert.Equal("""{"x" : 1}""", Read("include \"sub/one.conf\""));
    }

    [Fact]
    public void In_an_object_the_file_means_that_object()
    {
        Write("other.conf", "y : 1, z : ${y}, w : ${outer}");
        Assert.Equal("""{"outer" : "o", "a" : {"y" : 2, "z" : 2, "w" : "o"}}""", Read("outer : o\na { include \"other.conf\"\n y : 2 }"));
    }

    [Fact]
    public void A_file_that_is_not_there_is_nothing_unless_it_is_required()
    {
        Assert.Equal("""{"a" : 1}""", Read("include \"none.conf\"\na : 1"));
        var error = Assert.Throws<HoconException>(() => Read("a : 1\ninclude required(file(\"none.conf\"))"));
        Assert.StartsWith(Path.Combine(_folder, "main.conf") + ":2:1: the file ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_name_the_included_file()
    {
        Write("other.conf", "\n\nb : *");
        var error = Assert.Throws<HoconException>(() => Read("include \"other.conf\""));
        Assert.Equal(new HoconOrigin(Path.Combine(_folder, "other.conf"), 3, 5), error.Origin);
    }

    [Fact]
    public void Files_that_include_each_other_are_an_error()
    {
        Write("one.conf", "include \"two.conf\"");
        Write("two.conf", "include \"one.conf\"");
        Assert.Contains("includes itself", Assert.Throws<HoconException>(() => Read("include \"one.conf\"")).Message, StringComparison.Ordinal);
        Assert.Contains("includes itself", Assert.Throws<HoconException>(() => Read("include \"main.conf\"")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_chain_of_files_is_an_error()
    {
        for (var i = 0; i < 40; i++)
            Write($"f{i}.conf", $"include \"f{i + 1}.conf\"");
        Assert.Contains("deeper than", Assert.Throws<HoconException>(() => Read("include \"f0.conf\"")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("include url(\"http://x\")")]
    [InlineData("include classpath(\"x\")")]
    [InlineData("include other")]
    [InlineData("include ")]
    [InlineData("include file(other)")]
    [InlineData("include file(\"x\"")]
    [InlineData("include required(required(\"x\"))")]
    [InlineData("include = 1")]
    public void Anything_else_after_include_is_an_error(string text) => Assert.Throws<HoconException>(() => Read(text));

    [Fact]
    public void A_key_may_be_called_include_in_quotes() => Assert.Equal("""{"include" : 1}""", Read("\"include\" = 1"));

    [Fact]
    public void A_file_that_is_not_there_is_an_error() =>
        Assert.Contains("cannot read", Assert.Throws<HoconException>(() => new HoconDocument().AddFile(Path.Combine(_folder, "none.conf"))).Message, StringComparison.Ordinal);

    private string Read(string text)
    {
        var path = Write("main.conf", text);
        return HoconRenderer.ToJson(new HoconDocument().AddFile(path).Resolve(_ => null));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
