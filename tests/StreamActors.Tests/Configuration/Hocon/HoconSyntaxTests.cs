using StreamActors.Configuration.Hocon;

namespace StreamActors.Tests.Configuration.Hocon;

/// <summary>The HOCON specification's rules for text, one case a line: what is read, and what it is as JSON.</summary>
public sealed class HoconSyntaxTests
{
    [Theory]
    // Documents and braces
    [InlineData("", "{}")]
    [InlineData("  \n\t ", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("{ a : 1 }", """{"a" : 1}""")]
    [InlineData("a : 1", """{"a" : 1}""")]
    [InlineData("\uFEFFa : 1", """{"a" : 1}""")]
    [InlineData("# only a comment", "{}")]
    // JSON
    [InlineData("""{"a":1,"b":[true,false,null],"c":{"d":"e"}}""", """{"a" : 1, "b" : [true, false, null], "c" : {"d" : "e"}}""")]
    [InlineData("{\"a\"\n:\n1\n,\n\"b\":2}", """{"a" : 1, "b" : 2}""")]
    // Separators
    [InlineData("a=1", """{"a" : 1}""")]
    [InlineData("a:1,b=2", """{"a" : 1, "b" : 2}""")]
    [InlineData("a:1\nb:2", """{"a" : 1, "b" : 2}""")]
    [InlineData("a:1,\n\n\nb:2,", """{"a" : 1, "b" : 2}""")]
    [InlineData("a:1\r\nb:2\r\n", """{"a" : 1, "b" : 2}""")]
    [InlineData("a { b : 1 }", """{"a" : {"b" : 1}}""")]
    [InlineData("a { b : 1 } c { d : 2 }", "error")]
    [InlineData("a =\n 1", """{"a" : 1}""")]
    [InlineData("[1]", "error")]
    [InlineData("a : [1,2,3,]", """{"a" : [1, 2, 3]}""")]
    [InlineData("a : [1\n2\n3]", """{"a" : [1, 2, 3]}""")]
    [InlineData("a : [1\n,2]", """{"a" : [1, 2]}""")]
    [InlineData("a : [\n\n]", """{"a" : []}""")]
    [InlineData("a : [1,,2]", "error")]
    [InlineData("a : [,1]", "error")]
    [InlineData("a : [1,2,,]", "error")]
    [InlineData("a:1,,b:2", "error")]
    [InlineData(",a:1", "error")]
    // Comments
    [InlineData("a:1 // one\nb:2 # two", """{"a" : 1, "b" : 2}""")]
    [InlineData("a:[1, # one\n2 // two\n]", """{"a" : [1, 2]}""")]
    [InlineData("a : \"# no // comment\"", """{"a" : "# no // comment"}""")]
    [InlineData("a : b#c", """{"a" : "b"}""")]
    [InlineData("a : b//c", """{"a" : "b"}""")]
    [InlineData("a : b/c", """{"a" : "b/c"}""")]
    // Strings
    [InlineData(""" a : "x\ty\n\"\\\/\u00e4" """, """{"a" : "x\ty\n\"\\/ä"}""")]
    [InlineData(""" a : "" """, """{"a" : ""}""")]
    [InlineData("a : \"open", "error")]
    [InlineData("a : \"open\nclosed\"", "error")]
    [InlineData(""" a : "\x" """, "error")]
    [InlineData(""" a : "\u12" """, "error")]
    [InlineData("a : \"\"\"raw \\n \"quotes\" \n second\"\"\"", """{"a" : "raw \\n \"quotes\" \n second"}""")]
    [InlineData("a : \"\"\"ends in quotes\"\"\"\"\"", """{"a" : "ends in quotes\"\""}""")]
    [InlineData("a : \"\"\"\"\"\"", """{"a" : ""}""")]
    [InlineData("a : \"\"\"open\"\"", "error")]
    // Text without quotes
    [InlineData("a : hello", """{"a" : "hello"}""")]
    [InlineData("a : hello world", """{"a" : "hello world"}""")]
    [InlineData("a :   hello   world   ", """{"a" : "hello   world"}""")]
    [InlineData("a : truely", """{"a" : "truely"}""")]
    [InlineData("a : 10 seconds", """{"a" : "10 seconds"}""")]
    [InlineData("a : 10s", """{"a" : "10s"}""")]
    [InlineData("a : -x", """{"a" : "-x"}""")]
    [InlineData("a : 1.2.3", """{"a" : "1.2.3"}""")]
    [InlineData("a : 10.0.0.1", """{"a" : "10.0.0.1"}""")]
    [InlineData("a : /var/lib/data", """{"a" : "/var/lib/data"}""")]
    [InlineData("a : ~x;y|z'<>()%", """{"a" : "~x;y|z'<>()%"}""")]
    [InlineData("a : http://x", "error")]
    [InlineData("a : b*c", "error")]
    [InlineData("a : b?c", "error")]
    [InlineData("a : b@c", "error")]
    [InlineData("a : b&c", "error")]
    [InlineData("a : `b`", "error")]
    [InlineData("a : b\\c", "error")]
    [InlineData("a : b^c", "error")]
    [InlineData("a : !b", "error")]
    [InlineData("a : b+c", "error")]
    [InlineData("a : $b", "error")]
    // Numbers, booleans, null
    [InlineData("a : 0", """{"a" : 0}""")]
    [InlineData("a : -1.5e-3", """{"a" : -1.5e-3}""")]
    [InlineData("a : 1e+5", """{"a" : 1e+5}""")]
    [InlineData("a : 007", """{"a" : "007"}""")]
    [InlineData("a : true", """{"a" : true}""")]
    [InlineData("a : yes", """{"a" : "yes"}""")]
    [InlineData("a : null", """{"a" : null}""")]
    [InlineData("a : \"true\"", """{"a" : "true"}""")]
    [InlineData("a : 1 2", """{"a" : "1 2"}""")]
    [InlineData("a : 99999999999999999999999", """{"a" : 99999999999999999999999}""")]
    // Keys and paths
    [InlineData("a.b.c : 1", """{"a" : {"b" : {"c" : 1}}}""")]
    [InlineData("a.\"b.c\" : 1", """{"a" : {"b.c" : 1}}""")]
    [InlineData("\"a.b\" : 1", """{"a.b" : 1}""")]
    [InlineData("a b c : 1", """{"a b c" : 1}""")]
    [InlineData("  a  : 1", """{"a" : 1}""")]
    [InlineData("1.2 : 3", """{"1" : {"2" : 3}}""")]
    [InlineData("10 : 1", """{"10" : 1}""")]
    [InlineData("true : 1", """{"true" : 1}""")]
    [InlineData("\"\" : 1", """{"" : 1}""")]
    [InlineData("a.\"\".b : 1", """{"a" : {"" : {"b" : 1}}}""")]
    [InlineData("a\"b\"c : 1", """{"abc" : 1}""")]
    [InlineData("a..b : 1", "error")]
    [InlineData(".a : 1", "error")]
    [InlineData("a. : 1", "error")]
    [InlineData(": 1", "error")]
    [InlineData("a", "error")]
    [InlineData("a b", "error")]
    [InlineData("a : ", "error")]
    [InlineData("a :\n", "error")]
    [InlineData("${a} : 1", "error")]
    [InlineData("a$ : 1", "error")]
    [InlineData("\"includes\" : 1, included : 2", """{"includes" : 1, "included" : 2}""")]
    // Braces that do not match
    [InlineData("{ a : 1", "error")]
    [InlineData("a : { b : 1", "error")]
    [InlineData("a : [1", "error")]
    [InlineData("a : 1 }", "error")]
    [InlineData("{} }", "error")]
    [InlineData("a : [1}", "error")]
    [InlineData("a : { b : 1 ]", "error")]
    [InlineData("{ a : 1 } b : 2", "error")]
    // The same key again
    [InlineData("a : 1, a : 2", """{"a" : 2}""")]
    [InlineData("a : {b : 1}, a : {c : 2}", """{"a" : {"b" : 1, "c" : 2}}""")]
    [InlineData("a : {b : 1}, a : 2", """{"a" : 2}""")]
    [InlineData("a : {b : 1}, a : 2, a : {c : 3}", """{"a" : {"c" : 3}}""")]
    [InlineData("a : {b : 1}, a : null, a : {c : 3}", """{"a" : {"c" : 3}}""")]
    [InlineData("a.b : 1, a.c : 2, a.b : 3", """{"a" : {"b" : 3, "c" : 2}}""")]
    [InlineData("a : [1], a : [2]", """{"a" : [2]}""")]
    // Concatenation
    [InlineData("a : x\"y z\"w", """{"a" : "xy zw"}""")]
    [InlineData("a : x \"y\"", """{"a" : "x y"}""")]
    [InlineData("a : [1] [2]", """{"a" : [1, 2]}""")]
    [InlineData("a : [1][2]", """{"a" : [1, 2]}""")]
    [InlineData("a : {b : 1} {c : 2}", """{"a" : {"b" : 1, "c" : 2}}""")]
    [InlineData("a : {b : 1}\n{c : 2}", "error")]
    [InlineData("a { b : 1 } { c : 2 }", """{"a" : {"b" : 1, "c" : 2}}""")]
    [InlineData("a : [1] {b : 2}", "error")]
    [InlineData("a : [1] 2", "error")]
    [InlineData("a : {b : 1} x", "error")]
    [InlineData("a : [a b, c]", """{"a" : ["a b", "c"]}""")]
    // +=
    [InlineData("a : [1], a += 2", """{"a" : [1, 2]}""")]
    [InlineData("a += 1, a += 2", """{"a" : [1, 2]}""")]
    [InlineData("a.b += 1, a.b += {c : 2}", """{"a" : {"b" : [1, {"c" : 2}]}}""")]
    [InlineData("a : [1], a += [2]", """{"a" : [1, [2]]}""")]
    [InlineData("a : null, a += 1", """{"a" : [1]}""")]
    [InlineData("a : 1, a += 2", "error")]
    [InlineData("a : {}, a += 2", "error")]
    public void Reads(string text, string expected)
    {
        if (expected == "error")
            Assert.Throws<HoconException>(() => HoconDocument.Parse(text));
        else
            Assert.Equal(expected, HoconRenderer.ToJson(HoconDocument.Parse(text)));
    }

    [Theory]
    [InlineData("a : \"open\nb : 1", "t:1:5: the text that starts here has no closing quote on its line")]
    [InlineData("a {\n  b : 1\n", "t:1:3: what is opened here is never closed by }")]
    [InlineData("a : [1\n2", "t:1:5: what is opened here is never closed by ]")]
    [InlineData("a : 1\nb 2\nc : 3", "t:3:1: expected =, :, += or { after the key \"b 2\", found 'c'")]
    [InlineData("a : 1\n\n  b : http://x", "t:3:11: expected a comma or a new line, found ':'; text with special characters goes in quotes")]
    [InlineData("a : *", "t:1:5: expected a value, found '*'; text with it goes in quotes")]
    [InlineData("a : \n", "t:2:1: expected a value, found the end of the text")]
    [InlineData("a..b : 1", "t:1:1: a path must not start or end with a dot, nor have two in a row; an empty key is written \"\"")]
    [InlineData("a : \"\\q\"", "t:1:6: unknown escape \\q: valid are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits")]
    [InlineData("a : ${b", "t:1:8: expected } to close the substitution ${b, found the end of the text")]
    [InlineData("a : 1 }", "t:1:7: nothing is open that this } closes")]
    [InlineData("[1]", "t:1:1: a configuration is an object, not an array")]
    [InlineData("a : 1\na += 2", "t:2:3: += needs an array, but what stands before (t:1:5) is a number")]
    [InlineData("a : [1] x", "t:1:9: an array cannot be joined to text")]
    public void Says_where_and_what(string text, string message) =>
        Assert.Equal(message, Assert.Throws<HoconException>(() => HoconDocument.Parse(text, "t")).Message);

    [Fact]
    public void Every_value_knows_where_it_was_written()
    {
        var root = HoconDocument.Parse("a : 1\n  b { c = [ x,\n    \"y\" ] }", "file.conf");
        Assert.True(root.TryGet(["b", "c"], out var c));
        Assert.Equal("file.conf:2:11", c.Origin.ToString());
        Assert.Equal("file.conf:3:5", ((HoconArray)c).Items[1].Origin.ToString());
        Assert.True(root.TryGet(["a"], out var a));
        Assert.Equal("file.conf:1:5", a.Origin.ToString());
    }

    [Fact]
    public void Deep_nesting_is_an_error_and_not_the_end_of_the_process()
    {
        Assert.Throws<HoconException>(() => HoconDocument.Parse("a:" + new string('[', 100_000)));
        Assert.Throws<HoconException>(() => HoconDocument.Parse(string.Concat(Enumerable.Repeat("a{", 100_000))));
        Assert.Throws<HoconException>(() => HoconDocument.Parse(string.Join('.', Enumerable.Repeat("a", 100_000)) + "=1"));
        Assert.Throws<HoconException>(() => HoconDocument.Parse("a:" + string.Concat(Enumerable.Repeat("{a:", 150)) + string.Concat(Enumerable.Repeat("[", 150))));
    }
}
