package phpdate

import (
	"strconv"
	"strings"
)

// abbreviations lists what PHP takes each zone abbreviation for, as name, offset in seconds and "d" for daylight saving
// time, apart by blanks. It is the first meaning of each in PHP 8.2's DateTimeZone::listAbbreviations(); 8.4 has the same.
const abbreviations = " " +
	"ACDT+37800d ACST+34200 ADDT-7200d ADT-10800d AEDT+39600d AEST+36000 AHDT-32400d AHST-36000 " +
	"AKDT-28800d AKST-32400 AMT-13840 APT-10800d AST-14400 AWDT+32400d AWST+28800 AWT-10800d BDST+7200d " +
	"BDT-36000d BMT-14309 BST+3600d CAST+34200 CAT+7200 CDDT-14400d CDT-18000d CEMT+10800d CEST+7200d " +
	"CET+3600 CMT-15408 CPT-18000d CST-21600 CWT-18000d CHST+36000 DMT-1521 EAT+10800 EDDT-10800d " +
	"EDT-14400d EEST+10800d EET+7200 EMT-26248 EPT-14400d EST-18000 EWT-14400d FFMT-14660 FMT-4056 " +
	"GDT+39600d GMT+0 GST+36000 HDT-34200d HKST+32400d HKT+28800 HMT-19776 HPT-34200d HST-36000 " +
	"HWT-34200d IDDT+14400d IDT+10800d IMT+25025 IST+7200 JDT+36000d JMT+8440 JST+32400 KDT+36000d " +
	"KMT+5736 KST+30600 LST+9394d MDDT-18000d MDST+16279d MDT-21600d MEST+7200d MET+3600 MMT+9017 " +
	"MPT-21600d MSD+14400d MSK+10800 MST-25200 MWT-21600d NDDT-5400d NDT-9052d NPT-9000d NST-12600 " +
	"NWT-9000d NZDT+46800d NZMT+41400 NZST+43200 PDDT-21600d PDT-25200d PKST+21600d PKT+18000 PLMT+25590 " +
	"PMT-13236 PPMT-17340 PPT-25200d PST-28800 PWT-25200d QMT-18840 RMT+5794 SAST+7200 SDMT-16800 " +
	"SJMT-20173 SMT-13884 SST-39600 TBMT+10751 TMT+12344 UCT+0 UTC+0 WAST+7200d WAT+3600 WEMT+7200d " +
	"WEST+3600d WET+0 WIB+25200 WITA+28800 WIT+32400 WMT+5040 YDDT-25200d YDT-28800d YPT-28800d " +
	"YST-32400 YWT-28800d A+3600 B+7200 C+10800 D+14400 E+18000 F+21600 G+25200 H+28800 I+32400 K+36000 " +
	"L+39600 M+43200 N-3600 O-7200 P-10800 Q-14400 R-18000 S-21600 T-25200 U-28800 V-32400 W-36000 " +
	"X-39600 Y-43200 Z+0 "

// Abbreviation returns what PHP takes the zone abbreviation name, in any case, for: the offset from UTC in seconds,
// whether it is daylight saving time, and whether PHP knows it at all.
func Abbreviation(name string) (offset int, daylight, ok bool) {
	if name == "" || len(name) > 5 || strings.ContainsAny(name, " +-0123456789") {
		return 0, false, false
	}
	for _, sign := range []string{"+", "-"} {
		_, rest, found := strings.Cut(abbreviations, " "+strings.ToUpper(name)+sign)
		if !found {
			continue
		}
		entry, _, _ := strings.Cut(rest, " ")
		digits, daylight := strings.CutSuffix(entry, "d")
		offset, err := strconv.Atoi(sign + digits)
		return offset, daylight, err == nil
	}
	return 0, false, false
}
