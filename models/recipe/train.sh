#!/bin/sh
# Everything from scratch: pool, bank, a tree of networks with held-out folds, the final one, head, metrics and card.
#   sh train.sh [shared folder] [work folder]
# Two cores: each `pair` runs its two trainings side by side. What has been finished is not done again.
set -eu
cd "$(dirname "$0")"
SHARED=${1:-../../../shared}
BANK=${2:-../../bank}
PYTHON=${PYTHON:-python3}
# Processor minutes of one core: what else runs beside the training changes how long it takes, not what it gives.
ROOT_MINUTES=${ROOT_MINUTES:-3}
BRANCH_MINUTES=${BRANCH_MINUTES:-52}
LEAF_MINUTES=${LEAF_MINUTES:-11}
FINAL_MINUTES=${FINAL_MINUTES:-14}
export OMP_NUM_THREADS=1
# Keep freed memory: otherwise every step's activations are fresh pages from the kernel.
export MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456
mkdir -p "$BANK"

train() { # name, options
    NAME=$1
    shift
    [ -e "$BANK/runs/$NAME/training.json" ] ||
        $PYTHON train.py --shared "$SHARED" --bank "$BANK" --out "$BANK/runs/$NAME" "$@" > "$BANK/$NAME.log" 2>&1
}
leaf() { # held-out fold, branch, folds heard
    HELD_OUT=$1 BRANCH=$2
    shift 2
    train "fold$HELD_OUT" --folds "$@" --shares 0.5 0.5 1 --initial "$BANK/runs/$BRANCH/checkpoint.pt" \
        --rates 0.45 0.01 --batch 24 --minutes "$LEAF_MINUTES" --seed "1$HELD_OUT"
    [ -e "$BANK/runs/fold$HELD_OUT/cross_validation.npz" ] ||
        $PYTHON cross_validate.py --shared "$SHARED" --bank "$BANK" --run "$BANK/runs/fold$HELD_OUT" >> "$BANK/fold$HELD_OUT.log"
}

$PYTHON verify_reference.py --reference "$SHARED/reference/speechbrain"
$PYTHON verify_teacher.py --shared "$SHARED"
[ -e "$BANK/synthetic.npz" ] || $PYTHON synthesis.py --bank "$BANK"
$PYTHON make_bank.py --shared "$SHARED" --bank "$BANK" --shards 0 35 &
$PYTHON make_bank.py --shared "$SHARED" --bank "$BANK" --shards 35 60
wait $!
train root --folds -1 --rates 1 0.7 --minutes "$ROOT_MINUTES"
train branch01 --folds 0 1 --initial "$BANK/runs/root/checkpoint.pt" --rates 1 0.35 --batch 24 --minutes "$BRANCH_MINUTES" --seed 2 &
train branch23 --folds 2 3 --initial "$BANK/runs/root/checkpoint.pt" --rates 1 0.35 --batch 24 --minutes "$BRANCH_MINUTES" --seed 3
wait $!
{ leaf 3 branch01 0 1 2; leaf 2 branch01 0 1 3; } &
{ leaf 1 branch23 2 3 0; leaf 0 branch23 2 3 1; }
wait $!
train final --folds 0 1 2 3 --initial "$BANK/runs/fold3/checkpoint.pt" --rates 0.5 0.01 --minutes "$FINAL_MINUTES" --seed 4 &
$PYTHON teacher_head.py --shared "$SHARED" --out "$BANK/teacher_head.json"
$PYTHON summarise.py --shared "$SHARED" --runs "$BANK"/runs/fold[0-3] --out "$BANK/metrics.json"
$PYTHON few_shot.py --shared "$SHARED" --bank "$BANK" --runs "$BANK/runs/fold0" "$BANK/runs/fold1" "$BANK/runs/fold2" "$BANK/runs/fold3"
wait $!
$PYTHON finish.py --shared "$SHARED" --bank "$BANK" --run "$BANK/runs/final" --out "$BANK/export" --metrics "$BANK/metrics.json"
$PYTHON card.py --shared "$SHARED" --bank "$BANK" --out ../MODEL_CARD.md
# Then, with the project built: node install-model.mjs "$BANK/export"
