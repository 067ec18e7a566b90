using ModelAggregation.Benchmarks;
using ModelSdk.Benchmarking;

// One verb a question that needs a yardstick of its own; everything else is BenchmarkDotNet's command line.
switch (args.FirstOrDefault())
{
    case "end-to-end":
        EndToEnd.Run(quick: args.Contains("--quick"));
        break;
    case "plan-70b":
        LargePlan.Run(quick: args.Contains("--quick"));
        break;
    case "mixture":
        MixtureRatios.Run(quick: args.Contains("--quick"));
        break;
    case EndToEnd.ChildVerb:
        EndToEnd.RunChild(args[1..]);
        break;
    default:
        foreach (string refused in MethodCase.Refused)
        {
            Console.WriteLine(refused);
        }

        return BenchmarkCommand.Run(typeof(MethodBenchmarks).Assembly, args);
}

return 0;
