"""Reads a results file of `dotnet test`: prints how many passed, failed and were skipped, then those that did not pass.

    failed METHOD<tab>NAME      what a filter takes (`FullyQualifiedName=METHOD`), and the name with the arguments of that case
    skipped NAME: REASON
"""
import sys
import xml.etree.ElementTree as xml

NAMESPACE = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}
root = xml.parse(sys.argv[1]).getroot()
results = root.findall(".//t:UnitTestResult", NAMESPACE)
passed = [r for r in results if r.get("outcome") == "Passed"]
skipped = [r for r in results if r.get("outcome") == "NotExecuted"]
failed = [r for r in results if r not in passed and r not in skipped]

methods = {}
for test in root.findall(".//t:UnitTest", NAMESPACE):
    method = test.find("t:TestMethod", NAMESPACE)
    methods[test.get("id")] = f"{method.get('className')}.{method.get('name').split('(')[0]}"

print(len(passed), len(failed), len(skipped))
for result in failed:
    print("failed", f"{methods[result.get('testId')]}\t{result.get('testName')}")
for result in skipped:
    reason = result.findtext(".//t:StdOut", None, NAMESPACE) or result.findtext(".//t:Message", None, NAMESPACE) or "no reason given"
    print("skipped", f"{result.get('testName')}: {reason.strip()}")
