using System.Globalization;
using ModelSdk.Benchmarking;
using ModelTensors.Benchmarks;

// Verbs are quick looks that interleave rivals in one run; everything else goes to BenchmarkDotNet.
switch (args)
{
    case ["ratio-matmul"]:
        MatMulRatios.Run(Environment.ProcessorCount);
        break;
    case ["ratio-matmul", string threads]:
        MatMulRatios.Run(int.Parse(threads, CultureInfo.InvariantCulture));
        break;
    case ["ratio-merge-base"]:
        MergeBaseRatios.Run(Environment.ProcessorCount);
        break;
    case ["ratio-merge-base", string threads]:
        MergeBaseRatios.Run(int.Parse(threads, CultureInfo.InvariantCulture));
        break;
    case ["ratio-passes"]:
        PassRatios.Run(Environment.ProcessorCount);
        break;
    case ["ratio-passes", string filter]:
        PassRatios.Run(Environment.ProcessorCount, filter);
        break;
    default:
        return BenchmarkCommand.Run(typeof(MatMulBenchmarks).Assembly, args);
}

return 0;
