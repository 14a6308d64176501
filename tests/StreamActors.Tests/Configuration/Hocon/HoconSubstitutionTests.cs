using StreamActors.Configuration.Hocon;

namespace StreamActors.Tests.Configuration.Hocon;

public sealed class HoconSubstitutionTests
{
    private static readonly Dictionary<string, string> Variables = new()
    {
        ["HOME"] = "/home/alice",
        ["EMPTY"] = "",
        ["PORT"] = "9092",
        ["a.b"] = "dotted",
    };

    [Theory]
    [InlineData("a : 1, b : ${a}", """{"a" : 1, "b" : 1}""")]
    [InlineData("b : ${a}, a : 1", """{"b" : 1, "a" : 1}""")]
    [InlineData("a.b : 1, c : ${a.b}", """{"a" : {"b" : 1}, "c" : 1}""")]
    [InlineData("a.\"b.c\" : 1, d : ${a.\"b.c\"}", """{"a" : {"b.c" : 1}, "d" : 1}""")]
    [InlineData("a : 1, b : ${ a }", """{"a" : 1, "b" : 1}""")]
    [InlineData("a : 1, a : 2, b : ${a}", """{"a" : 2, "b" : 2}""")]
    [InlineData("b : ${a}, a : 1, a : 2", """{"b" : 2, "a" : 2}""")]
    [InlineData("a : {b : 1}, c : ${a}, c.d : 2", """{"a" : {"b" : 1}, "c" : {"b" : 1, "d" : 2}}""")]
    [InlineData("a : [1, 2], b : ${a} [3]", """{"a" : [1, 2], "b" : [1, 2, 3]}""")]
    [InlineData("a : [1, 2], b : [0] ${a}", """{"a" : [1, 2], "b" : [0, 1, 2]}""")]
    [InlineData("a : [1], b : ${a} ${a}", """{"a" : [1], "b" : [1, 1]}""")]
    [InlineData("a : {x : 1}, b : ${a} {y : 2}", """{"a" : {"x" : 1}, "b" : {"x" : 1, "y" : 2}}""")]
    [InlineData("a : {x : 1}, b : {x : 2} ${a}", """{"a" : {"x" : 1}, "b" : {"x" : 1}}""")]
    [InlineData("a : {x : 1}, b : {y : 2}, c : ${a} ${b}", """{"a" : {"x" : 1}, "b" : {"y" : 2}, "c" : {"x" : 1, "y" : 2}}""")]
    [InlineData("a : x, b : ${a} y", """{"a" : "x", "b" : "x y"}""")]
    [InlineData("a : x, b : ${a}  ${a}", """{"a" : "x", "b" : "x  x"}""")]
    [InlineData("a : x, b : ${a}${a}", """{"a" : "x", "b" : "xx"}""")]
    [InlineData("a : x, b : \"${a}\"", """{"a" : "x", "b" : "${a}"}""")]
    [InlineData("a : null, b : x${a}", """{"a" : null, "b" : "xnull"}""")]
    [InlineData("a : 1, b : [${a}, 2]", """{"a" : 1, "b" : [1, 2]}""")]
    [InlineData("a : 1.50, b : v${a}", """{"a" : 1.50, "b" : "v1.50"}""")]
    // Optional ones
    [InlineData("a : ${?none}", "{}")]
    [InlineData("a : 1, a : ${?none}", """{"a" : 1}""")]
    [InlineData("a : x ${?none}y", """{"a" : "x y"}""")]
    [InlineData("a : ${?none}${?none}", "{}")]
    [InlineData("a : [1, ${?none}, 2]", """{"a" : [1, 2]}""")]
    [InlineData("a : ${?none} [1]", """{"a" : [1]}""")]
    [InlineData("a : ${?none} {b : 1}", """{"a" : {"b" : 1}}""")]
    [InlineData("a : {b : 1}, a : ${?none}", """{"a" : {"b" : 1}}""")]
    // The environment
    [InlineData("a : ${HOME}", """{"a" : "/home/alice"}""")]
    [InlineData("a : ${?HOME}/data", """{"a" : "/home/alice/data"}""")]
    [InlineData("a : 1, a : ${?PORT}", """{"a" : 9092}""")]
    [InlineData("a : 1, a : ${?EMPTY}", """{"a" : ""}""")]
    [InlineData("HOME : /root, a : ${HOME}", """{"HOME" : "/root", "a" : "/root"}""")]
    [InlineData("a : ${a.b}", """{"a" : "dotted"}""")]
    [InlineData("a : ${a.c}", "error")]
    [InlineData("c : ${a.b}", """{"c" : "dotted"}""")]
    // A key that refers to itself means what it was before
    [InlineData("path : \"a:b\", path : ${path}\":c\"", """{"path" : "a:b:c"}""")]
    [InlineData("a : 1, a : ${a}2, a : ${a}3", """{"a" : "123"}""")]
    [InlineData("a : [1], a : ${a} [2], a : [0] ${a}", """{"a" : [0, 1, 2]}""")]
    [InlineData("a : {b : 1}, a : ${a} {c : 2}", """{"a" : {"b" : 1, "c" : 2}}""")]
    [InlineData("a : ${?a}foo", """{"a" : "foo"}""")]
    [InlineData("a : ${?a} [1]", """{"a" : [1]}""")]
    [InlineData("a.b : 1, a.b : ${a.b}2", """{"a" : {"b" : "12"}}""")]
    [InlineData("a : 1, a : [${a}, 2]", """{"a" : [1, 2]}""")]
    [InlineData("a : {b : 1}, a : {b : ${a.b}2}", """{"a" : {"b" : "12"}}""")]
    [InlineData("foo : {a : {c : 1}}, foo : ${foo.a}, foo : {a : 2}", """{"foo" : {"a" : 2, "c" : 1}}""")]
    [InlineData("a : ${a}", "error")]
    [InlineData("a : ${a}x", "error")]
    [InlineData("a : [${a}]", "error")]
    // Objects whose fields refer to each other
    [InlineData("bar : {foo : 42, baz : ${bar.foo}}", """{"bar" : {"foo" : 42, "baz" : 42}}""")]
    [InlineData("bar : {foo : 42, baz : ${bar.foo}}, bar : {foo : 43}", """{"bar" : {"foo" : 43, "baz" : 43}}""")]
    [InlineData("bar : {a : ${foo.d}, b : 1}, bar.b : 3, foo : {c : ${bar.b}, d : 2}, foo.d : 4", """{"bar" : {"a" : 4, "b" : 3}, "foo" : {"c" : 3, "d" : 4}}""")]
    [InlineData("a : ${b}, b : {x : ${a.y}, y : 1}", """{"a" : {"x" : 1, "y" : 1}, "b" : {"x" : 1, "y" : 1}}""")]
    [InlineData("p : {s : 1}, c : ${p} {name : ${c.s}x}", """{"p" : {"s" : 1}, "c" : {"s" : 1, "name" : "1x"}}""")]
    [InlineData("a : ${c}, a : {y : 1}, c : {z : ${a.y}}", """{"a" : {"z" : 1, "y" : 1}, "c" : {"z" : 1}}""")]
    [InlineData("a : {x : 1}, b : ${a} {y : ${a} {z : 1}}, c : ${b} {w : ${b} {z : 2}}", """{"a" : {"x" : 1}, "b" : {"x" : 1, "y" : {"x" : 1, "z" : 1}}, "c" : {"x" : 1, "y" : {"x" : 1, "z" : 1}, "w" : {"x" : 1, "y" : {"x" : 1, "z" : 1}, "z" : 2}}}""")]
    // Circles
    [InlineData("a : ${b}, b : ${a}", "error")]
    [InlineData("a : ${b}, b : ${c}, c : ${a}", "error")]
    [InlineData("a : {b : ${a}}", "error")]
    [InlineData("a : {b : {c : ${a}}}", "error")]
    [InlineData("a : {b : [${a}]}", "error")]
    [InlineData("a : ${a.y}, a : {y : 1}", "error")]
    [InlineData("a : ${b.x}, b : {x : ${a}}", "error")]
    [InlineData("a : ${?b}, b : ${?a}", "{}")]
    // What is hidden need not exist
    [InlineData("a : ${none}, a : 1", """{"a" : 1}""")]
    [InlineData("a : {b : ${none}}, a : 1", """{"a" : 1}""")]
    [InlineData("a : {b : ${none}}, a : {b : 1}", """{"a" : {"b" : 1}}""")]
    [InlineData("x : {c : 2}, a : {b : ${none}}, a : ${x}, a : {b : 1}", """{"x" : {"c" : 2}, "a" : {"b" : 1, "c" : 2}}""")]
    [InlineData("a : ${none}", "error")]
    [InlineData("a : x${none}", "error")]
    // += and substitutions
    [InlineData("x : 1, a : [0], a += ${x}", """{"x" : 1, "a" : [0, 1]}""")]
    [InlineData("x : [1], a : ${x}, a += 2", """{"x" : [1], "a" : [1, 2]}""")]
    [InlineData("a += ${?none}", """{"a" : []}""")]
    // What cannot be joined
    [InlineData("a : {b : 1}, c : ${a} x", "error")]
    [InlineData("a : [1], c : x${a}", "error")]
    [InlineData("a : 1, c : ${a} {b : 2}", "error")]
    [InlineData("a : 1, c : [0] ${a}", "error")]
    [InlineData("a : {b : 1}, c : [0] ${a}", "error")]
    public void Replaces(string text, string expected)
    {
        if (expected == "error")
            Assert.Throws<HoconException>(() => Parse(text));
        else
            Assert.Equal(expected, HoconRenderer.ToJson(Parse(text)));
    }

    [Theory]
    [InlineData("\na : ${nowhere}", "t:2:5: ${nowhere} is defined neither in the configuration nor in the environment")]
    [InlineData("a : ${b}, b : ${a}", "t:1:15: ${a} is not defined, or refers back to itself")]
    [InlineData("a : 1\nc : ${a} {b : 2}", "t:2:5: an object cannot be joined to a number")]
    public void Says_what_leads_nowhere(string text, string message) =>
        Assert.Equal(message, Assert.Throws<HoconException>(() => Parse(text)).Message);

    [Fact]
    public void Later_documents_win_and_substitutions_see_them_all()
    {
        var root = new HoconDocument()
            .Add("first", "base : /data, logs : ${base}/logs, list : [1], o { a : 1, b : 2 }")
            .Add("second", "base : /srv, list : ${list} [2], o { b : 3 }")
            .Set("third", ["o", "a"], "${base}/a")
            .Resolve(_ => null);
        Assert.Equal("""{"base" : "/srv", "logs" : "/srv/logs", "list" : [1, 2], "o" : {"a" : "/srv/a", "b" : 3}}""", HoconRenderer.ToJson(root));
    }

    [Fact]
    public void Below_the_dotted_object_a_key_may_begin_like_another()
    {
        var root = new HoconDocument("k")
            .Add("text", "k { max.connections = 1, max.connections.per.ip = 2, max { connections = 3 }, \"log.dir\" = x }\n c = ${k.max.connections}, more { log.dirs = y }, k = ${more}")
            .Resolve(_ => null);
        Assert.Equal("""{"k" : {"max.connections" : 3, "max.connections.per.ip" : 2, "log.dir" : "x", "log.dirs" : "y"}, "c" : 3, "more" : {"log" : {"dirs" : "y"}}}""", HoconRenderer.ToJson(root));
    }

    [Fact]
    public void Values_that_would_grow_without_end_are_an_error()
    {
        var doubled = "a0 : xxxxxxxxxx\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"a{i} : ${{a{i - 1}}}${{a{i - 1}}}\n"));
        Assert.Contains("characters", Assert.Throws<HoconException>(() => Parse(doubled)).Message, StringComparison.Ordinal);
        var branched = "a0 : {x : 1}\n" + string.Concat(Enumerable.Range(1, 60).Select(i => $"a{i} : ${{a{i - 1}}} {{y{i} : ${{a{i - 1}}} {{z : 1}} }}\n"));
        Assert.Contains("steps", Assert.Throws<HoconException>(() => Parse(branched)).Message, StringComparison.Ordinal);
        var chained = "a0 : 1\n" + string.Concat(Enumerable.Range(1, 50_000).Select(i => $"a{i} : ${{a{i - 1}}}\n")) + "b : ${a50000}";
        Assert.Equal("1", Parse(chained).TryGet("b", out var value) ? value.ToString() : null);
        var backwards = string.Concat(Enumerable.Range(1, 50_000).Reverse().Select(i => $"a{i} : ${{a{i - 1}}}\n")) + "a0 : 1";
        Assert.Throws<HoconException>(() => Parse(backwards));
        var nested = "a0 : {x : 1}\n" + string.Concat(Enumerable.Range(1, 1000).Select(i => $"a{i} : {{x : ${{a{i - 1}}}}}\n"));
        Assert.Throws<HoconException>(() => Parse(nested));
    }

    private static HoconObject Parse(string text) => HoconDocument.Parse(text, "t", Variables.GetValueOrDefault);
}
