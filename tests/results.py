"""Reads a results file of `dotnet test`: prints how many passed, failed and were skipped, then the names of those that did not pass."""
import sys
import xml.etree.ElementTree as xml

NAMESPACE = {"t": "http://microsoft.com/schemas/VisualStudio/TeamTest/2010"}
root = xml.parse(sys.argv[1]).getroot()
results = root.findall(".//t:UnitTestResult", NAMESPACE)
passed = [r for r in results if r.get("outcome") == "Passed"]
skipped = [r for r in results if r.get("outcome") == "NotExecuted"]
failed = [r for r in results if r not in passed and r not in skipped]

print(len(passed), len(failed), len(skipped))
for result in failed:
    print("failed", result.get("testName"))
for result in skipped:
    reason = result.findtext(".//t:StdOut", None, NAMESPACE) or result.findtext(".//t:Message", None, NAMESPACE) or "no reason given"
    print("skipped", f"{result.get('testName')}: {reason.strip()}")
