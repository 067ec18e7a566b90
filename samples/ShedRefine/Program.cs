using System.Diagnostics;
using ShedRefine;

bool quick = args.Contains("--quick", StringComparer.Ordinal);
string root = "/work/h5/samples";
Stopwatch watch = Stopwatch.StartNew();
StudySettings s = quick ? StudySettings.Quick : StudySettings.Full with { Seeds = int.Parse(args[0]) };
string outp = "/tmp/shed-explore-" + Environment.ProcessId;
Study study = new(s, root + "/models", outp, new P(watch));
await study.RunAsync(default);
Console.WriteLine($"purity {string.Join(" ", study.Purities.Select(p => p.ToString("0.00")))}");
foreach (var g in study.Correlations.GroupBy(c => c.Method)) Console.WriteLine($"{g.Key}: spearman {string.Join(" ", g.Select(p => p.Correlation.ToString("0.00")))}");
foreach (var g in study.Outcomes.GroupBy(o => (o.Model, o.Kept, o.Method)).OrderBy(g => g.Key.Model).ThenBy(g => g.Key.Kept))
    Console.WriteLine($"{g.Key.Model} {g.Key.Kept:0.0} {g.Key.Method,-15} EM {g.Average(o => o.ExactMatch):0.000} NLL {g.Average(o => o.NegativeLogLikelihood):0.000} poisoned {g.Average(o => o.Poisoned):0.00} useful {g.Average(o => o.Useful):0.00}");
Console.WriteLine(watch.Elapsed);
class P(Stopwatch w) : IProgress<string> { private string l = ""; public void Report(string v) { string k = v.Split(',')[0]; if (k != l) { l = k; Console.WriteLine($"{w.Elapsed.TotalSeconds:0.0} {v}"); } } }
